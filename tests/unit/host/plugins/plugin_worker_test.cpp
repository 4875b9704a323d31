#include "plugins/plugin_worker.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "../loop/manual_clock.hpp"
#include "events/event_lane.hpp"

namespace tidegate::sdk {
namespace {

constexpr int kRounds = 20;
constexpr int kOtherLanes = 1000;  // the worker's lane is offered each event after these, some 0.1 ms late

/// Ends a worker as soon as a waiter of the log has seen an event, which the worker's lane may not have been offered yet.
class PluginWorkerTest : public testing::TestWithParam<bool> {
 protected:
  bool is_handed_over() {
    EventLog log(clock_);
    std::vector<std::unique_ptr<EventLane>> others;
    for (int i = 0; i < kOtherLanes; ++i) others.push_back(std::make_unique<EventLane>(log, 0, "another", [](const Event &) {}));
    std::atomic<int> taken{0};
    const auto lane = std::make_shared<EventLane>(log, 0, "the worker", [&](const Event &) { ++taken; });
    PluginWorker worker;
    const bool is_sink = GetParam();
    worker.attach(is_sink ? nullptr : lane, is_sink ? lane : nullptr);
    std::atomic<bool> waits{false};
    std::thread waiter([&] {
      waits = true;
      EXPECT_TRUE(log.wait(0, 20 * kSecond));
      EXPECT_TRUE(worker.end(20 * kSecond));
    });
    while (!waits) std::this_thread::yield();
    Event event;
    event.number = TG_EVENT_STOPPED;
    log.append(event);
    waiter.join();
    return taken == 1;
  }

  ManualClock clock_;
};

TEST_P(PluginWorkerTest, End_BecauseOfAnEvent_HandsThatEventOverFirst) {
  for (int round = 0; round < kRounds; ++round) ASSERT_TRUE(is_handed_over()) << "in round " << round;
}

INSTANTIATE_TEST_SUITE_P(Lane, PluginWorkerTest, testing::Bool(),
                         [](const auto &info) { return info.param ? "Sink" : "Steps"; });

}  // namespace
}  // namespace tidegate::sdk

// A chain of three services starts, stops and restarts in whatever order they were made, with only the wakes that the host
// itself gives.

#include <poll.h>

#include <algorithm>
#include <array>

#include "host_fixture.hpp"
#include "tidegate/vocabulary/event_number.h"

namespace tidegate::sdk {
namespace {

constexpr Nanos kLimit = 10 * kSecond;

/// The chain A needs B needs C, made in each order: which of them, with which loop, and whether it has hooks.
class NeedsOrder : public testing::TestWithParam<std::tuple<int, std::uint32_t, bool>> {
 protected:
  NeedsOrder() {
    std::array<std::string, 3> names{"A", "B", "C"};
    for (int i = 0; i < std::get<0>(GetParam()); ++i) std::ranges::next_permutation(names);
    for (const std::string &name : names) {
      Service::Options options;
      options.name = name;
      options.callbacks = TG_INIT(tg_service_options);
      if (std::get<2>(GetParam())) {
        options.callbacks.start = [](void *) -> tg_result { return TG_OK; };
        options.callbacks.stop = [](void *) {};
      }
      host_.add_service(options);
    }
    a().need(host_.service("B"));
    host_.service("B").need(host_.service("C"));
  }

  static Host::Options options() {
    Host::Options out;
    out.name = "test";
    out.loop = std::get<1>(GetParam());
    out.log_format = TG_FORMAT_OFF;
    out.session_capacity = 4;
    return out;
  }
  static bool polls() { return std::get<1>(GetParam()) == TG_LOOP_POLL; }
  Service &a() { return host_.service("A"); }
  bool all_are(std::uint32_t status) const {
    return std::ranges::all_of(host_.services(), [&](const Service *it) { return it->info().status == status; });
  }

  /// What a server does: it waits for the one, or turns its loop for as long as the descriptor is readable.
  void settle(const char *last, std::uint32_t until) {
    if (!polls()) {
      const WaitScope scope(host_.shared(), true);
      EXPECT_EQ(host_.service(last).wait(scope, until, kLimit), TG_OK);
      return;
    }
    pollfd readable{host_.fd(), POLLIN, 0};
    for (int rounds = 0; poll(&readable, 1, 0) == 1; ++rounds) {
      ASSERT_LT(rounds, 100) << "it never rests";
      host_.poll();
    }
  }
  void start() {
    host_.start({}, {});
    settle("A", TG_UNTIL_RUNNING);
    ASSERT_TRUE(all_are(TG_STATUS_RUNNING));
  }
  /// Somebody is inside the one that the others must wait for, and leaves when all are asked.
  void drain_all(std::uint32_t intent) {
    tg_request request = TG_INIT(tg_request);
    tg_verdict verdict = TG_INIT(tg_verdict);
    const tg_ticket ticket = a().admit(request, verdict);
    DrainOptions how;
    how.intent = intent;
    host_.drain({}, how, {});
    a().release(ticket);
  }

  Host host_{options()};
};

TEST_P(NeedsOrder, StopOfAll_StopsAll) {
  start();
  drain_all(TG_INTENT_STOP);
  settle("C", TG_UNTIL_STOPPED);
  EXPECT_TRUE(all_are(TG_STATUS_STOPPED));
}

TEST_P(NeedsOrder, RestartOfAll_StartsAllAgain) {
  start();
  const std::uint64_t before = host_.events().last();
  drain_all(TG_INTENT_RESTART);
  if (polls()) settle("A", TG_UNTIL_RUNNING);
  const WaitScope scope(host_.shared(), false);
  int started = 0;
  Event event;
  for (std::uint64_t after = before; started < 3;) {
    if (host_.events().next(after, event)) {
      after = event.sequence;
      started += event.number == TG_EVENT_RUNNING ? 1 : 0;
    } else {
      ASSERT_EQ(scope.wait_for_event(after, polls() ? 0 : kLimit), TG_OK);
    }
  }
  EXPECT_TRUE(all_are(TG_STATUS_RUNNING));
}

TEST_P(NeedsOrder, ClosedWhileItStarts_Ends) {
  host_.start({}, {});
  host_.close();
  EXPECT_TRUE(all_are(TG_STATUS_STOPPED));
}

INSTANTIATE_TEST_SUITE_P(EachLoop, NeedsOrder,
                         testing::Combine(testing::Range(0, 6), testing::Values(TG_LOOP_STEWARD, TG_LOOP_POLL),
                                          testing::Bool()));

}  // namespace
}  // namespace tidegate::sdk

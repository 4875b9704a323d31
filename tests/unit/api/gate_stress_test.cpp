// 8 threads admit and release while another drains and resumes, with a policy that sleeps at random between the look at the
// gate and its last step.

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <thread>

#include "api_test.hpp"

namespace tidegate {
namespace {

int rounds() {
  const char *given = std::getenv("TIDEGATE_STRESS_ROUNDS");
  return given != nullptr ? std::atoi(given) : 100'000;
}

TEST_F(ApiTest, GateStress_NothingIsAdmittedAfterDrained_AndDrainedIsSaidOncePerEpoch) {
  host_.load_plugin(FIXTURES "/sleepy.so");
  const Service service = add("S");
  tg_service *const s = service.handle();
  std::atomic<bool> stop{false}, drained{false};
  std::atomic<std::uint64_t> admitted{0}, refused{0}, after_drained{0};

  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t)
    threads.emplace_back([&] {
      for (unsigned turn = 0; !stop.load(std::memory_order_relaxed);) {
        tg_ticket ticket = 0;
        tg_admit(s, nullptr, nullptr, &ticket);
        if (ticket == 0) {
          refused.fetch_add(1, std::memory_order_relaxed);
          std::this_thread::yield();
          continue;
        }
        // Whoever holds a ticket holds the drain open: 25050 cannot have been said.
        if (drained.load()) after_drained.fetch_add(1);
        tg_ticket child = 0;
        tg_request inner = TG_INIT(tg_request);
        inner.kind = TG_KIND_CHILD;
        inner.parent = ticket;
        tg_admit(s, &inner, nullptr, &child);
        if (drained.load()) after_drained.fetch_add(1);
        if (++turn % 2 == 0) std::this_thread::yield();  // hold it while others run
        tg_release(s, ticket);
        if (child != 0 && drained.load()) after_drained.fetch_add(1);
        tg_release(s, child);
        admitted.fetch_add(1, std::memory_order_relaxed);
      }
    });

  std::uint64_t seen = host_.last_event(), begun = 0, completed = 0, with_live = 0, twice = 0, last_epoch = 0, lost = 0;
  const auto read_events = [&] {
    host_.events(seen, [&](const tg_event &event) {
      lost += event.sequence - seen - 1;
      seen = event.sequence;
      if (event.number == TG_EVENT_DRAIN_STARTED) ++begun, with_live += event.count != 0;
      if (event.number != TG_EVENT_DRAINED) return;
      ++completed;
      twice += event.epoch == last_epoch;
      last_epoch = event.epoch;
    });
  };
  const int all = rounds();
  std::uint64_t waited_for = 0;
  for (int round = 0; round < all; ++round) {
    // Let somebody in, so that the shut meets live sessions.
    for (const std::uint64_t before = admitted.load(); admitted.load() == before && service.info().sessions == 0;)
      std::this_thread::yield();
    service.drain();
    if (round % 2 == 0) {
      ASSERT_TRUE(service.wait(TG_UNTIL_DRAINED, kLimit)) << "round " << round;
      drained.store(true);
      ++waited_for;
      EXPECT_EQ(service.info().sessions + service.info().children, 0u);
      drained.store(false);
    }
    service.resume();
    if (round % 64 == 0) read_events();
  }
  stop = true;
  for (std::thread &thread : threads) thread.join();
  read_events();

  std::printf("%d drains, %llu completed, sessions live at %llu of the shuts; %llu admitted, %llu refused\n", all,
              static_cast<unsigned long long>(completed), static_cast<unsigned long long>(with_live),
              static_cast<unsigned long long>(admitted.load()), static_cast<unsigned long long>(refused.load()));
  EXPECT_EQ(after_drained.load(), 0u);
  EXPECT_EQ(twice, 0u);
  EXPECT_EQ(lost, 0u);
  EXPECT_EQ(begun, static_cast<std::uint64_t>(all));
  EXPECT_GE(completed, waited_for);
  EXPECT_GT(with_live, static_cast<std::uint64_t>(all) / 2) << "without sessions at the shuts this proves nothing";
}

}  // namespace
}  // namespace tidegate

// Gates that count at cells, shut and opened thousands of times under threads that are pinned, moved about or left alone: no
// policy, so that nothing hides the first steps of an admission.

#include <sched.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <thread>

#include "api_test.hpp"

namespace tidegate {
namespace {

int rounds() {
  const char *given = std::getenv("TIDEGATE_STRESS_ROUNDS");
  return std::max((given != nullptr ? std::atoi(given) : 100'000) / 10, 20);
}

enum class Where { free, pinned, moved };

std::string name_of(Where where) {
  return where == Where::free ? "Free" : where == Where::pinned ? "Pinned" : "Moved";
}

struct Way {
  unsigned threads;
  Where where;
};

void go_to(unsigned cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(cpu % std::max(1u, std::thread::hardware_concurrency()), &set);
  sched_setaffinity(0, sizeof set, &set);
}

class CellsStressTest : public ApiTest, public testing::WithParamInterface<Way> {};

INSTANTIATE_TEST_SUITE_P(Each, CellsStressTest,
                         testing::Values(Way{2, Where::free}, Way{2, Where::pinned}, Way{4, Where::moved},
                                         Way{8, Where::pinned}, Way{16, Where::free}, Way{16, Where::moved}),
                         [](const auto &info) { return std::to_string(info.param.threads) + name_of(info.param.where); });

TEST_P(CellsStressTest, NothingIsAdmittedAfterDrained_AndNothingIsLost) {
  const Service service = add("S", 1'000'000);
  tg_service *const s = service.handle();
  std::atomic<bool> stop{false}, drained{false};
  std::atomic<std::uint64_t> admitted{0}, entered{0}, after_drained{0}, wrong{0};

  std::vector<std::thread> threads;
  for (unsigned t = 0; t < GetParam().threads; ++t)
    threads.emplace_back([&, t] {
      std::minstd_rand random(t + 1);
      if (GetParam().where == Where::pinned) go_to(t);
      while (!stop.load(std::memory_order_relaxed)) {
        if (GetParam().where == Where::moved && random() % 16 == 0) go_to(static_cast<unsigned>(random()));
        tg_ticket ticket = 0;
        tg_admit(s, nullptr, nullptr, &ticket);
        const bool in = tg_enter(s) == 1;
        // Who holds a ticket, or has entered, holds the drain open: 25050 cannot have been said.
        if ((ticket != 0 || in) && drained.load()) after_drained.fetch_add(1);
        const bool child = ticket != 0 && tg_enter_child(s, ticket) == 1;
        if (random() % 4 == 0) std::this_thread::yield();  // hold it while others run
        if ((ticket != 0 || in) && drained.load()) after_drained.fetch_add(1);
        if (ticket != 0 && tg_release(s, ticket) != TG_OK) wrong.fetch_add(1);
        if (child && drained.load()) after_drained.fetch_add(1);
        if (child && tg_leave(s) != TG_OK) wrong.fetch_add(1);
        if (in && tg_leave(s) != TG_OK) wrong.fetch_add(1);
        admitted.fetch_add(ticket != 0 ? 1 : 0, std::memory_order_relaxed);
        entered.fetch_add((in ? 1 : 0) + (child ? 1 : 0), std::memory_order_relaxed);
        if (ticket == 0) std::this_thread::yield();
      }
    });

  const int all = rounds();
  std::uint64_t with_live = 0;
  for (int round = 0; round < all; ++round) {
    if (round % 3 != 0) std::this_thread::yield();
    service.drain();
    with_live += service.info().at_drain != 0 ? 1 : 0;
    if (round % 2 == 0) {
      ASSERT_TRUE(service.wait(TG_UNTIL_DRAINED, kLimit)) << "round " << round;
      drained.store(true);
      const tg_service_info info = service.info();
      EXPECT_EQ(info.sessions + info.children + info.entries, 0u);
      drained.store(false);
    }
    service.resume();
  }
  stop = true;
  for (std::thread &thread : threads) thread.join();
  service.drain();
  EXPECT_TRUE(service.wait(TG_UNTIL_DRAINED, kLimit)) << "nobody is left, and nobody was lost";
  const tg_service_info info = service.info();
  EXPECT_EQ(info.sessions + info.children + info.entries, 0u);
  EXPECT_EQ(info.admitted, admitted.load());
  EXPECT_EQ(info.checkpoint, admitted.load() + entered.load()) << "each has left once";
  EXPECT_EQ(after_drained.load(), 0u);
  EXPECT_EQ(wrong.load(), 0u);
  std::printf("%d drains, sessions live at %llu; %llu sessions and %llu entries\n", all,
              static_cast<unsigned long long>(with_live), static_cast<unsigned long long>(admitted.load()),
              static_cast<unsigned long long>(entered.load()));
}

/// Threads that end while others release what they were admitted with.
TEST_F(ApiTest, ThreadsThatEnd_LoseNothing) {
  const Service service = add("S");
  tg_service *const s = service.handle();
  for (int round = 0; round < 20; ++round) {
    std::vector<tg_ticket> tickets(64);
    std::vector<std::thread> threads;
    for (std::size_t t = 0; t < tickets.size(); ++t)
      threads.emplace_back([&, t] {
        tickets[t] = admit(s);
        tg_enter(s);
      });
    for (std::thread &thread : threads) thread.join();
    EXPECT_EQ(service.info().sessions, 64u);
    EXPECT_EQ(service.info().entries, 64u);
    std::thread([&] {
      for (const tg_ticket ticket : tickets) {
        EXPECT_EQ(tg_release(s, ticket), TG_OK);
        EXPECT_EQ(tg_leave(s), TG_OK);
      }
    }).join();
  }
  service.drain();
  EXPECT_TRUE(service.wait(TG_UNTIL_DRAINED, kLimit));
}

}  // namespace
}  // namespace tidegate

#include "core/credits.hpp"

#include <thread>
#include <vector>

#include "core/gate.hpp"

namespace tidegate::sdk {
namespace {

/// Of an open gate, as sessions of a service take them.
class CreditsTest : public testing::Test {
 protected:
  CreditsTest() {
    gate_.open();
    gate_.speed_up();
  }
  CellMemory memory_;
  Gate gate_{0, &memory_};
};

TEST_F(CreditsTest, SmallBound_IsExactBothWays) {
  Credits credits(3, gate_.cells());
  EXPECT_TRUE(credits.bounded());
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 3; ++i) EXPECT_TRUE(credits.take());
    EXPECT_FALSE(credits.take());
    EXPECT_EQ(credits.taken(), 3u);
    for (int i = 0; i < 3; ++i) credits.give();
  }
}

TEST_F(CreditsTest, Reserve_IsLeftForMoreImportantWork) {
  Credits credits(10, gate_.cells());
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(credits.take(6));
  EXPECT_FALSE(credits.take(6));
  for (int i = 0; i < 6; ++i) EXPECT_TRUE(credits.take());
  EXPECT_FALSE(credits.take());
}

TEST_F(CreditsTest, LargeBound_IsNeverExceededAndAllButAFewCanBeHad) {
  constexpr std::uint64_t kBound = 1 << 16;
  Credits credits(kBound, gate_.cells());
  std::uint64_t taken = 0;
  while (credits.take()) ++taken;
  EXPECT_LE(taken, kBound);
  EXPECT_GE(taken, kBound - gate_.cells().rows() * Credits::kBatch);
  for (std::uint64_t i = 0; i < taken; ++i) credits.give();
  gate_.slow_down();
  credits.collect();
  EXPECT_EQ(credits.taken(), 0u);
  for (std::uint64_t i = 0; i < kBound; ++i) ASSERT_TRUE(credits.take()) << "slowed down, it is exact: " << i;
  EXPECT_FALSE(credits.take());
}

TEST_F(CreditsTest, UnderConcurrency_NeverMoreThanTheBound_NorRefusedWhileManyAreLeft) {
  for (const std::uint64_t bound : {std::uint64_t{5}, std::uint64_t{1} << 14}) {
    Credits credits(bound, gate_.cells());
    const std::uint64_t slack = static_cast<std::uint64_t>(gate_.cells().rows()) * Credits::kBatch + 8;
    std::atomic<std::uint64_t> inside{0};
    std::atomic<int> over{0}, refused_early{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
      threads.emplace_back([&, t] {
        std::uint64_t mine = 0;
        for (int i = 0; i < 60000; ++i) {
          if (mine != 0 && (i / 3000 + t) % 2 == 0) {
            inside.fetch_sub(1);
            credits.give();
            --mine;
            continue;
          }
          const std::uint64_t before = inside.load();
          if (credits.take()) {
            if (inside.fetch_add(1) + 1 > bound) ++over;
            ++mine;
          } else if (before + slack < bound && inside.load() + slack < bound) {
            ++refused_early;
          }
        }
        for (; mine != 0; --mine) {
          inside.fetch_sub(1);
          credits.give();
        }
      });
    for (std::thread &thread : threads) thread.join();
    EXPECT_EQ(over.load(), 0) << bound;
    EXPECT_EQ(refused_early.load(), 0) << bound;
    gate_.slow_down();
    credits.collect();
    EXPECT_EQ(credits.taken(), 0u) << "none is lost";
    gate_.speed_up();
  }
}

}  // namespace
}  // namespace tidegate::sdk

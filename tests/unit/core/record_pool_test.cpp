#include "core/record_pool.hpp"

#include <algorithm>
#include <barrier>
#include <cstring>
#include <fstream>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace tidegate::sdk {
namespace {

constexpr std::uint32_t kNone = RecordPool::kNone;

std::atomic<std::uint64_t> &head(const RecordPool &pool, std::uint32_t index) {
  return *static_cast<std::atomic<std::uint64_t> *>(pool.record(index));
}

/// A use of a record: its generation rises, as a session's does.
void use(const RecordPool &pool, std::uint32_t index) { head(pool, index).fetch_add(std::uint64_t{2} << 32); }

std::uint32_t generation(const RecordPool &pool, std::uint32_t index) {
  return static_cast<std::uint32_t>(head(pool, index).load() >> 32);
}

std::size_t trim(RecordPool &pool) {
  return pool.trim([&](std::uint32_t index) { return generation(pool, index); });
}

std::size_t resident_bytes() {
  std::size_t pages = 0, resident = 0;
  std::ifstream("/proc/self/statm") >> pages >> resident;
  return resident * 4096;
}

TEST(RecordPool, Few_AreAllHadAndThenNone) {
  for (const std::uint32_t records : {1u, 4u, 255u, 256u, 257u, 1000u, RecordPool::kFew}) {
    RecordPool pool(records, 0);
    std::set<std::uint32_t> had;
    for (int round = 0; round < 3; ++round) {
      had.clear();
      for (std::uint32_t i = 0; i < records; ++i) {
        const std::uint32_t index = pool.take();
        ASSERT_LT(index, records);
        ASSERT_TRUE(had.insert(index).second) << "taken twice";
      }
      EXPECT_EQ(pool.take(), kNone);
      for (const std::uint32_t index : had) pool.give(index);
    }
  }
}

/// A process may make hosts as often as it likes.
TEST(RecordPool, Gone_LeavesNoMemory) {
  const auto maps = [] {
    std::ifstream in("/proc/self/maps");
    return std::count(std::istreambuf_iterator<char>(in), {}, '\n');
  };
  const auto before = maps();
  for (int i = 0; i < 200; ++i)
    for (const std::uint32_t records : {0u, 100u, 5000u, 100'000u}) RecordPool(records, 0).take();
  EXPECT_LT(maps(), before + 20);
}

/// With no stacks of their own all is quick and exact enough; a few less than there are records is not.
TEST(RecordPool, JustMoreThanFew_AreNotFewerThanAskedFor) {
  for (const std::uint32_t records : {RecordPool::kFew + 1, 5000u, 9000u}) {
    RecordPool pool(records, 0);
    for (std::uint32_t i = 0; i < records; ++i) ASSERT_NE(pool.take(), kNone) << i << " of " << records;
  }
}

TEST(RecordPool, Few_AreNotTrimmed) {
  RecordPool pool(300, 0);
  for (std::uint32_t i = 0; i < 300; ++i) pool.take();
  for (std::uint32_t i = 0; i < 300; ++i) pool.give(i);
  EXPECT_EQ(trim(pool), 0u);
}

TEST(RecordPool, Many_AreNotFewerThanAskedFor) {
  constexpr std::uint32_t kRecords = 1u << 18;
  RecordPool pool(kRecords, 0);
  std::vector<bool> had;
  for (std::uint32_t i = 0; i < kRecords; ++i) {
    const std::uint32_t index = pool.take();
    ASSERT_NE(index, kNone) << i;
    if (index >= had.size()) had.resize(index + 1);
    ASSERT_FALSE(had[index]);
    had[index] = true;
  }
  for (std::uint32_t i = 0; i < had.size(); ++i)
    if (had[i]) pool.give(i);
  for (std::uint32_t i = 0; i < kRecords; ++i) ASSERT_NE(pool.take(), kNone) << "none is lost: " << i;
}

TEST(RecordPool, New_HasTheGenerationGiven) {
  RecordPool pool(1000, 0xfffffffe);
  EXPECT_EQ(generation(pool, pool.take()), 0xfffffffeu);
}

TEST(RecordPool, Given_KeepsItsGeneration) {
  RecordPool pool(1, 6);
  const std::uint32_t index = pool.take();
  use(pool, index);
  pool.give(index);
  EXPECT_EQ(generation(pool, pool.take()), 8u);
}

TEST(RecordPool, ForEach_ShowsAllThatAreTaken) {
  RecordPool pool(1u << 16, 0);
  std::set<std::uint32_t> taken;
  for (int i = 0; i < 5000; ++i) taken.insert(pool.take());
  std::vector<std::uint32_t> some(taken.begin(), taken.end());
  std::shuffle(some.begin(), some.end(), std::mt19937(1));
  for (int i = 0; i < 4000; ++i) {
    pool.give(some[static_cast<std::size_t>(i)]);
    taken.erase(some[static_cast<std::size_t>(i)]);
  }
  std::set<std::uint32_t> shown;
  pool.for_each([&](std::uint32_t index) { return shown.insert(index).second; });
  EXPECT_TRUE(std::includes(shown.begin(), shown.end(), taken.begin(), taken.end()));
}

TEST(RecordPool, Trim_GivesBackWhatNobodyUses_AndGenerationsGoOn) {
  constexpr std::uint32_t kRecords = 1u << 18;  // 16 MiB
  for (const std::uint32_t first : {0u, 0xfffffff0u}) {
    RecordPool pool(kRecords, first);
    std::vector<std::uint32_t> all;
    for (std::uint32_t i = 0; i < kRecords; ++i) all.push_back(pool.take());
    for (const std::uint32_t index : all)
      for (std::uint32_t i = 0; i <= index % 5; ++i) use(pool, index);
    std::vector<std::uint32_t> last(all.size() + 100'000);
    for (const std::uint32_t index : all) last[index] = generation(pool, index);
    const std::size_t before = resident_bytes();
    bool worth = false;
    for (const std::uint32_t index : all) worth |= pool.give(index);
    EXPECT_TRUE(worth);
    const std::size_t bytes = trim(pool);
    EXPECT_GT(bytes, std::size_t{kRecords} * 60) << "all but what lies on stacks";
    EXPECT_LT(resident_bytes() + bytes / 2, before) << "and the system has it";
    for (std::uint32_t i = 0; i < kRecords; ++i) {
      const std::uint32_t index = pool.take();
      ASSERT_NE(index, kNone);
      ASSERT_GE(static_cast<std::int32_t>(generation(pool, index) - last[index]), 0) << "no generation comes again";
    }
  }
}

/// In whatever order they leave, and whoever keeps a few of them to be quicker.
TEST(RecordPool, Trim_AfterAllHaveLeftAtRandom_KeepsNothing) {
  for (const std::uint32_t records : {1u << 17, 1u << 18}) {
    RecordPool pool(records, 0);
    std::vector<std::uint32_t> all;
    for (std::uint32_t i = 0; i < records; ++i) all.push_back(pool.take());
    std::ranges::shuffle(all, std::mt19937(1));
    bool worth = false;
    for (const std::uint32_t index : all) worth |= pool.give(index);
    EXPECT_TRUE(worth);
    EXPECT_EQ(trim(pool), all.size() * RecordPool::kRecordBytes);
    EXPECT_EQ(trim(pool), 0u);
    for (std::uint32_t i = 0; i < records; ++i) ASSERT_NE(pool.take(), kNone) << i;
  }
}

TEST(RecordPool, Trim_LeavesBlocksWithARecordInUse) {
  RecordPool pool(1u << 16, 0);
  std::vector<std::uint32_t> all;
  for (std::uint32_t i = 0; i < 1u << 16; ++i) all.push_back(pool.take());
  for (const std::uint32_t index : all)
    if (index % 256 != 7) pool.give(index);
  EXPECT_EQ(trim(pool), 0u);
  EXPECT_EQ(trim(pool), 0u);
}

TEST(RecordPool, UnderConcurrency_EachRecordHasOneOwner_AlsoWhileItIsTrimmed) {
  for (const std::uint32_t records : {64u, 1u << 17}) {
    RecordPool pool(records, 0);
    std::vector<std::atomic<int>> owners(records + 100'000);
    std::atomic<int> failures{0};
    std::atomic<std::size_t> trimmed{0};
    std::barrier together(4);
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
      threads.emplace_back([&, t] {
        std::vector<std::uint32_t> mine;
        std::minstd_rand random(static_cast<unsigned>(t + 1));
        const auto give_all = [&] {
          for (const std::uint32_t index : mine) {
            if (owners[index].fetch_sub(1) != 1) ++failures;
            pool.give(index);
          }
          mine.clear();
        };
        for (int i = 0; i < 80000; ++i) {
          // Nobody has any, and what was given last lies together, so that stacks keep records of a few blocks only; then
          // the others take some while it is trimmed, but not all that there is to trim.
          if (i == 20000) std::ranges::sort(mine), give_all();
          if (i == 20000 || i == 20500) together.arrive_and_wait();
          if (t == 0 && i % 1000 == 0) trimmed += trim(pool);
          const bool fill = i / 20000 % 2 == 0;
          if (mine.empty() || (random() % 4 != 0) == fill) {
            const std::uint32_t index = pool.take();
            if (index == kNone) continue;
            if (owners[index].fetch_add(1) != 0) ++failures;
            use(pool, index);
            mine.push_back(index);
          } else {
            std::swap(mine[random() % mine.size()], mine.back());
            if (owners[mine.back()].fetch_sub(1) != 1) ++failures;
            pool.give(mine.back());
            mine.pop_back();
          }
        }
        give_all();
      });
    for (std::thread &thread : threads) thread.join();
    EXPECT_EQ(failures.load(), 0);
    EXPECT_TRUE(records < 1000 || trimmed.load() != 0) << "or this proves nothing of trimming";
    for (std::uint32_t i = 0; i < records; ++i) ASSERT_NE(pool.take(), kNone) << "none is lost: " << i;
  }
}

/// As many as there are threads, each of which has one at a time.
TEST(RecordPool, UnderConcurrency_OfFew_NobodyIsRefusedWhileOneIsLeft) {
  for (const std::uint32_t records : {2u, 3u, 8u, 300u}) {
    RecordPool pool(records, 0);
    const std::uint32_t threads_of = std::min(records, 8u), each = records / threads_of;
    std::atomic<int> refused{0};
    std::vector<std::thread> threads;
    for (std::uint32_t t = 0; t < threads_of; ++t)
      threads.emplace_back([&] {
        std::vector<std::uint32_t> mine(each);
        for (int i = 0; i < 5000; ++i) {
          for (std::uint32_t &index : mine) {
            index = pool.take();
            refused += index == kNone ? 1 : 0;
          }
          for (const std::uint32_t index : mine)
            if (index != kNone) pool.give(index);
        }
      });
    for (std::thread &thread : threads) thread.join();
    EXPECT_EQ(refused.load(), 0) << records;
  }
}

TEST(RecordPool, GivenElsewhere_ComesBack) {
  RecordPool pool(1u << 14, 0);
  for (int round = 0; round < 20; ++round) {
    std::vector<std::uint32_t> all;
    for (int i = 0; i < 10000; ++i) all.push_back(pool.take());
    ASSERT_EQ(std::count(all.begin(), all.end(), kNone), 0) << round;
    std::thread([&] {
      for (const std::uint32_t index : all) pool.give(index);
    }).join();
  }
}

}  // namespace
}  // namespace tidegate::sdk

#include "core/per_cpu.hpp"

#include <sched.h>
#include <sys/mman.h>

#include <array>
#include <cstdio>
#include <random>
#include <set>
#include <thread>
#include <vector>

#include "core/cells.hpp"
#include "core/fence.hpp"

namespace tidegate::sdk {
namespace {

/// Rows for all processors.
class Rows {
 public:
  Rows()
      : bytes_(std::size_t{per_cpu::rows()} * per_cpu::kStride),
        memory_(mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)) {
    all_.first = static_cast<char *>(memory_);
    open();
  }
  ~Rows() { munmap(memory_, bytes_); }
  std::atomic<std::int64_t> &at(std::uint32_t row, unsigned offset = 0) {
    return *reinterpret_cast<std::atomic<std::int64_t> *>(static_cast<char *>(memory_) + row * per_cpu::kStride + offset);
  }
  std::int64_t sum(unsigned offset = 0) {
    std::int64_t sum = 0;
    for (std::uint32_t row = 0; row < per_cpu::rows(); ++row) sum += at(row, offset).load();
    return sum;
  }
  void *memory() { return memory_; }
  const per_cpu::Rows &all() const { return all_; }
  void open() { all_.count.store(per_cpu::rows(), std::memory_order_release); }
  void close() { all_.count.store(0, std::memory_order_relaxed); }

 private:
  per_cpu::Rows all_;
  const std::size_t bytes_;
  void *const memory_;
};

/// An empty stack for each processor.
class Stacks {
 public:
  Stacks() : words_(per_cpu::rows(), Word{per_cpu::kNoIndex}) {
    all_.first = reinterpret_cast<char *>(words_.data());
    all_.count = per_cpu::rows();
  }
  const per_cpu::Rows &all() const { return all_; }
  void close() { all_.count = 0; }

 private:
  struct alignas(per_cpu::kNarrowStride) Word {
    std::uint64_t word;
  };
  std::vector<Word> words_;
  per_cpu::Rows all_;
};

/// Sends the calling thread to a processor, and away from the one that it was on.
void move_to(unsigned cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(cpu, &set);
  sched_setaffinity(0, sizeof set, &set);
}

unsigned processors() { return std::max(1u, std::thread::hardware_concurrency()); }

/// Where sequences cannot be had, as under sanitizers and valgrind, and where they were refused, all of them say no.
TEST(PerCpu, Unavailable_NothingIsDone) {
  if (per_cpu::available()) return;
  Rows rows;
  const per_cpu::Rows &there = rows.all();
  std::uint32_t index = 5;
  EXPECT_FALSE(per_cpu::add<0>(there));
  EXPECT_FALSE(per_cpu::add_within<0>(there, 1, 0, 9));
  EXPECT_FALSE(per_cpu::pop<56>(rows.all(), rows.memory(), index));
  EXPECT_EQ(rows.sum(), 0);
}

TEST(PerCpu, Add_ToNoRows_ChangesNothing) {
  const per_cpu::Rows nowhere;
  EXPECT_FALSE(per_cpu::add<0>(nowhere));
  EXPECT_FALSE(per_cpu::add_within<0>(nowhere, 1, 0, 9));
  Rows rows;
  rows.close();
  EXPECT_FALSE(per_cpu::add<0>(rows.all()));
  EXPECT_FALSE(per_cpu::add_within<0>(rows.all(), 1, 0, 9));
  EXPECT_EQ(rows.sum(), 0);
}

TEST(PerCpu, AddWithin_HoldsToItsBounds) {
  if (!per_cpu::available()) return;
  Rows rows;
  const per_cpu::Rows &there = rows.all();
  move_to(0);
  EXPECT_FALSE(per_cpu::add_within<8>(there, -1, 1, 9));
  EXPECT_TRUE(per_cpu::add_within<8>(there, 5, 0, 4));
  EXPECT_FALSE(per_cpu::add_within<8>(there, 5, 0, 4));
  EXPECT_TRUE(per_cpu::add_within<8>(there, -5, 5, 5));
  EXPECT_EQ(rows.sum(8), 0);
}

/// Threads that are moved from one processor to the other all the time, several on each, while another one fences: nothing is
/// lost and nothing counted twice, and sequences really were begun anew.
TEST(PerCpu, Add_WhileMoved_CountsEachOnce) {
  if (!per_cpu::available()) return;
  const std::uint64_t aborts = per_cpu::ground.aborts.load();
  for (const unsigned threads : {2u, 5u, 16u}) {
    Rows rows;
    const per_cpu::Rows &there = rows.all();
    std::atomic<std::int64_t> counted{0};
    std::atomic<bool> stop{false};
    std::thread fencing([&] {
      while (!stop.load(std::memory_order_relaxed)) per_cpu::fence();
    });
    std::vector<std::thread> all;
    for (unsigned t = 0; t < threads; ++t)
      all.emplace_back([&, t] {
        std::minstd_rand random(t + 1);
        std::int64_t mine = 0;
        for (int i = 0; i < 400; ++i) {
          move_to(static_cast<unsigned>(random()) % processors());
          for (int k = 0; k < 2000; ++k) mine += per_cpu::add<16>(there) ? 1 : 0;
        }
        counted += mine;
      });
    for (std::thread &thread : all) thread.join();
    stop = true;
    fencing.join();
    EXPECT_EQ(counted.load(), 400 * 2000 * static_cast<std::int64_t>(threads));
    EXPECT_EQ(rows.sum(16), counted.load());
  }
  std::printf("%llu sequences were begun anew\n",
              static_cast<unsigned long long>(per_cpu::ground.aborts.load() - aborts));
  EXPECT_GT(per_cpu::ground.aborts.load(), aborts) << "or this proves nothing";
}

/// Each record is on one stack or in one hand.
TEST(PerCpu, PopAndPush_WhileMoved_LoseNone) {
  if (!per_cpu::available()) return;
  struct alignas(64) Record {
    char bytes[64];
  };
  constexpr std::uint32_t kRecords = 64;
  std::vector<Record> records(kRecords);
  const Stacks stacks;
  std::array<std::atomic<int>, kRecords> owners{};
  std::atomic<int> failures{0}, popped{0};
  for (std::uint32_t i = 0; i < kRecords; ++i) ASSERT_TRUE(per_cpu::push<56>(stacks.all(), records.data(), i, 4000));
  std::vector<std::thread> all;
  for (unsigned t = 0; t < 6; ++t)
    all.emplace_back([&, t] {
      std::minstd_rand random(t + 1);
      for (int i = 0; i < 300; ++i) {
        move_to(static_cast<unsigned>(random()) % processors());
        for (int k = 0; k < 500; ++k) {
          std::uint32_t index;
          if (!per_cpu::pop<56>(stacks.all(), records.data(), index)) continue;
          ++popped;
          if (owners[index].fetch_add(1) != 0) ++failures;
          if (owners[index].fetch_sub(1) != 1) ++failures;
          while (!per_cpu::push<56>(stacks.all(), records.data(), index, 4000)) {
          }
        }
      }
    });
  for (std::thread &thread : all) thread.join();
  EXPECT_EQ(failures.load(), 0);
  EXPECT_GT(popped.load(), 0);
  std::set<std::uint32_t> found;
  for (unsigned cpu = 0; cpu < processors(); ++cpu) {
    move_to(cpu);
    for (std::uint32_t index; per_cpu::pop<56>(stacks.all(), records.data(), index);)
      EXPECT_TRUE(found.insert(index).second);
  }
  EXPECT_EQ(found.size(), kRecords);
}

TEST(PerCpu, Stacks_Closed_GiveAndTakeNothing) {
  alignas(64) char records[64] = {};
  Stacks stacks;
  std::uint32_t index = 0;
  EXPECT_EQ(per_cpu::push<56>(stacks.all(), records, 0, 3), per_cpu::available());
  stacks.close();
  EXPECT_FALSE(per_cpu::push<56>(stacks.all(), records, 0, 3));
  EXPECT_FALSE(per_cpu::pop<56>(stacks.all(), records, index));
}

TEST(PerCpu, Push_OntoAFullStack_IsRefused) {
  if (!per_cpu::available()) return;
  alignas(64) char records[64 * 8] = {};
  const Stacks stacks;
  move_to(0);
  for (std::uint32_t i = 0; i < 3; ++i) EXPECT_TRUE(per_cpu::push<56>(stacks.all(), records, i, 3));
  EXPECT_FALSE(per_cpu::push<56>(stacks.all(), records, 3, 3));
  std::uint32_t index = 0;
  for (std::uint32_t i = 3; i-- > 0;) {
    EXPECT_TRUE(per_cpu::pop<56>(stacks.all(), records, index));
    EXPECT_EQ(index, i);
  }
  EXPECT_FALSE(per_cpu::pop<56>(stacks.all(), records, index));
}

struct Fence {
  const char *name;
  bool (*run)();
  int rounds;
};

void PrintTo(const Fence &fence, std::ostream *out) { *out << fence.name; }

class PerCpuFence : public testing::TestWithParam<Fence> {};

/// After the rows are closed and the fence is over, the sum stands still.
TEST_P(PerCpuFence, EndsAllThatWasBegun) {
  if (!per_cpu::available()) return;
  Rows rows;
  rows.close();
  std::atomic<bool> stop{false};
  std::vector<std::thread> all;
  for (int t = 0; t < 4; ++t)
    all.emplace_back([&] {
      while (!stop.load(std::memory_order_relaxed)) per_cpu::add<0>(rows.all());
    });
  int moved = 0, counted = 0;
  // On a busy machine the others hardly run: then it takes longer.
  for (int round = 0; round < GetParam().rounds || (counted <= 100 && round < 1'000'000); ++round) {
    const std::int64_t before = rows.sum();
    rows.open();
    if (round % 8 == 0) std::this_thread::yield();
    rows.close();
    ASSERT_TRUE(GetParam().run());
    const std::int64_t sum = rows.sum();
    counted += sum != before ? 1 : 0;
    for (int k = 0; k < 20; ++k) moved += rows.sum() != sum ? 1 : 0;
  }
  stop = true;
  for (std::thread &thread : all) thread.join();
  EXPECT_EQ(moved, 0);
  EXPECT_GT(counted, 100) << "or this proves nothing";
}

INSTANTIATE_TEST_SUITE_P(All, PerCpuFence, testing::Values(Fence{"ByMembarrier", per_cpu::fence_by_membarrier, 3000},
                                         Fence{"ByVisits", per_cpu::fence_by_visits, 200}),
                         [](const auto &fence) { return fence.param.name; });

TEST(PerCpu, FenceByVisits_LeavesTheThreadWhereItMayRun) {
  if (!per_cpu::available()) return;
  cpu_set_t before, one, after;
  ASSERT_EQ(sched_getaffinity(0, sizeof before, &before), 0);
  CPU_ZERO(&one);
  CPU_SET(sched_getcpu(), &one);
  ASSERT_EQ(sched_setaffinity(0, sizeof one, &one), 0);
  EXPECT_TRUE(per_cpu::fence_by_visits());
  ASSERT_EQ(sched_getaffinity(0, sizeof after, &after), 0);
  EXPECT_TRUE(CPU_EQUAL(&after, &one));
  EXPECT_EQ(sched_setaffinity(0, sizeof before, &before), 0);
}

TEST(PerCpu, Shard_IsWithinAndTheSameForOneThread) {
  for (const std::uint32_t most : {1u, 2u, 64u}) {
    EXPECT_LT(per_cpu::shard(most), most);
    EXPECT_EQ(per_cpu::shard(most), per_cpu::shard(most));
  }
}

// ---- cells, of the kind that this process has ----

TEST(Cells, ClosedAndOpenedAgain_CountGoesOn) {
  CellMemory memory;
  Cells cells;
  memory.give(3, cells);
  EXPECT_FALSE(cells.add<Lane::entry_in>()) << "closed at first";
  std::int64_t sum = 0;
  for (int round = 1; round <= 3; ++round) {
    cells.open();
    for (int i = 0; i < round; ++i) EXPECT_TRUE(cells.add<Lane::entry_in>());
    sum += round;
    EXPECT_EQ(cells.sum(Lane::entry_in), sum);
    Sums taken{};
    ASSERT_TRUE(cells.close(taken));
    EXPECT_EQ(taken[static_cast<std::size_t>(Lane::entry_in)], round) << "since it was opened";
    EXPECT_FALSE(cells.add<Lane::entry_in>());
    EXPECT_EQ(cells.sum(Lane::entry_in), sum);
  }
}

TEST(Cells, Services_DoNotShare) {
  CellMemory memory;
  std::vector<std::unique_ptr<Cells>> all;
  for (std::uint32_t service = 0; service < 100; ++service) {
    all.push_back(std::make_unique<Cells>());
    memory.give(service, *all.back());
    all.back()->open();
  }
  for (std::uint32_t service = 0; service < 100; ++service)
    for (std::uint32_t i = 0; i < service; ++i) {
      all[service]->add<Lane::session_in>();
      all[service]->note<Lane::refused_other>();
    }
  for (std::uint32_t service = 0; service < 100; ++service) {
    EXPECT_EQ(all[service]->sum(Lane::session_in), service);
    EXPECT_EQ(all[service]->sum(Lane::refused_other), service);
    EXPECT_EQ(all[service]->sum(Lane::session_out), 0);
  }
}

}  // namespace
}  // namespace tidegate::sdk

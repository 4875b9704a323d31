#include "core/policy_doors.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <thread>
#include <vector>

namespace tidegate::sdk {
namespace {

using Turn = PolicyDoors::Turn;

class PolicyDoorsTest : public testing::Test {
 protected:
  static void rung(void *self) { ++static_cast<PolicyDoorsTest *>(self)->rings_; }

  std::atomic<int> rings_{0};
  CellMemory memory_;
  const PolicyList first_{}, second_{};
  PolicyDoors doors_{first_, &memory_, rung, this};
};

TEST_F(PolicyDoorsTest, Nobody_IsInside_Settles_AtOnce) {
  EXPECT_TRUE(doors_.settled());
  EXPECT_EQ(&doors_.list(), &first_);
  doors_.put(second_, 0);
  EXPECT_EQ(&doors_.list(), &second_);
  EXPECT_FALSE(doors_.settled()) << "somebody might have read the first by now";
  EXPECT_EQ(doors_.turn(), Turn::begun);
  EXPECT_TRUE(doors_.settled());
}

TEST_F(PolicyDoorsTest, WhoeverWasInside_IsWaitedFor_WhoeverCameSince_IsNot) {
  Gate *const early = doors_.enter();
  doors_.put(second_, 0);
  ASSERT_EQ(doors_.turn(), Turn::begun);
  EXPECT_FALSE(doors_.settled());
  Gate *const late = doors_.enter();
  EXPECT_NE(early, late);
  EXPECT_EQ(rings_, 0);
  doors_.leave(early);
  EXPECT_EQ(rings_, 1) << "the last has left";
  EXPECT_TRUE(doors_.settled());
  EXPECT_EQ(doors_.inside(), 1u);
  doors_.leave(late);
  EXPECT_EQ(doors_.inside(), 0u);
}

TEST_F(PolicyDoorsTest, ManyWhoStay_TakeAllDoors_ThenOneIsFreeAgain) {
  std::vector<Gate *> held;
  for (std::uint32_t i = 0; i + 1 < PolicyDoors::kDoors; ++i) {
    held.push_back(doors_.enter());
    EXPECT_EQ(doors_.turn(), Turn::begun) << i;
  }
  held.push_back(doors_.enter());
  EXPECT_EQ(doors_.turn(), Turn::no_door) << "there is no door left";
  EXPECT_NE(doors_.enter(), nullptr) << "admissions go on";
  doors_.leave(held.front());
  EXPECT_EQ(doors_.turn(), Turn::begun);
  EXPECT_FALSE(doors_.settled());
}

TEST_F(PolicyDoorsTest, Asked_CountsThoseThatAreAsked) {
  PolicyList list;
  list.count = 3;
  list.policies[1].part = Part::told;
  list.policies[2].part = Part::heir;
  doors_.put(list, 2);
  EXPECT_EQ(doors_.asked(), 1u);
  EXPECT_EQ(doors_.out(), 2u);
}

/// A list that is not in force any more is freed as soon as it is settled: whoever still read it would read what is gone.
TEST_F(PolicyDoorsTest, UnderConcurrency_NobodyReadsAListThatIsGone) {
  std::atomic<bool> stop{false};
  std::atomic<std::uint64_t> read{0}, wrong{0};
  std::vector<std::thread> readers;
  const auto make = [](std::uint32_t mark) {
    auto list = std::make_unique<PolicyList>();
    list->count = mark % PolicyList::kMax + 1;
    list->stamp = mark;
    return list;
  };
  auto now = make(1);
  doors_.put(*now, 0);
  for (int i = 0; i < 3; ++i)
    readers.emplace_back([&] {
      while (!stop.load(std::memory_order_relaxed)) {
        Gate *const door = doors_.enter();
        const PolicyList &list = doors_.list();
        if (list.count != list.stamp % PolicyList::kMax + 1) wrong.fetch_add(1);
        doors_.leave(door);
        read.fetch_add(1, std::memory_order_relaxed);
      }
    });
  for (std::uint32_t mark = 2; mark < 3000 || read.load() < 10'000; ++mark) {
    auto next = make(mark);
    doors_.put(*next, 0);
    while (doors_.turn() != Turn::begun) std::this_thread::yield();
    while (!doors_.settled()) std::this_thread::yield();
    now->count = 0;  // and then it is freed
    now = std::move(next);
  }
  stop.store(true);
  for (std::thread &reader : readers) reader.join();
  EXPECT_EQ(wrong, 0u);
  EXPECT_EQ(doors_.turn(), Turn::begun);
  EXPECT_TRUE(doors_.settled());
}

}  // namespace
}  // namespace tidegate::sdk

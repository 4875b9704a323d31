#include "events/event_lane.hpp"

#include <vector>

#include "../loop/manual_clock.hpp"

namespace tidegate::sdk {
namespace {

Event numbered(std::uint32_t number) {
  Event event;
  event.number = number;
  return event;
}

class EventLaneTest : public testing::Test {
 protected:
  void append(int count) {
    for (int i = 0; i < count; ++i) log_.append(numbered(TG_EVENT_REFUSALS));
  }

  ManualClock clock_;
  EventLog log_{clock_};
  std::vector<std::uint64_t> taken_;
  std::uint64_t lost_ = 0;
  EventLane lane_{log_, 0, "a test", [this](const Event &event) {
                    taken_.push_back(event.sequence);
                    if (event.number == TG_EVENT_EVENTS_LOST) lost_ += event.count;
                  }};
};

TEST_F(EventLaneTest, Events_ComeInOrderAndOnce) {
  append(3);
  lane_.pump();
  append(2);
  lane_.pump();
  lane_.pump();
  EXPECT_EQ(taken_, (std::vector<std::uint64_t>{1, 2, 3, 4, 5}));
}

TEST_F(EventLaneTest, QueueOverflow_IsMadeUpFromMemory) {
  append(1000);
  lane_.pump();
  ASSERT_EQ(taken_.size(), 1000u);
  for (std::size_t i = 0; i < taken_.size(); ++i) ASSERT_EQ(taken_[i], i + 1);
  EXPECT_EQ(lost_, 0u);
}

TEST_F(EventLaneTest, MemoryOverflow_IsCountedAndSaid) {
  append(static_cast<int>(EventLog::kKept) + 900);
  lane_.pump();
  EXPECT_GT(lost_, 0u);
  EXPECT_EQ(taken_.size() - 1 + lost_, EventLog::kKept + 900) << "all that was not lost was taken, and one 25151";
  append(1);
  lane_.pump();
  EXPECT_EQ(taken_.back(), log_.last());
}

TEST_F(EventLaneTest, Attached_TakesOnlyWhatComesAfterItsNumber) {
  append(5);
  std::vector<std::uint64_t> late;
  EventLane second(log_, 3, "late", [&](const Event &event) { late.push_back(event.sequence); });
  second.pump();
  EXPECT_EQ(late, (std::vector<std::uint64_t>{4, 5}));
}

TEST(EventLog, Wait_EndsWithAnEventATimeOutOrAnInterrupt) {
  ManualClock clock;
  EventLog log(clock);
  EXPECT_FALSE(log.wait(0, 1000));
  log.append(numbered(TG_EVENT_STOPPED));
  EXPECT_TRUE(log.wait(0, kNever));
  log.interrupt();
  EXPECT_FALSE(log.wait(1, kNever));
}

TEST(EventLog, Next_OfWhatIsGone_IsTheOldestKept) {
  ManualClock clock;
  EventLog log(clock);
  for (std::size_t i = 0; i < EventLog::kKept + 10; ++i) log.append(numbered(TG_EVENT_REFUSALS));
  Event event;
  ASSERT_TRUE(log.next(0, event));
  EXPECT_EQ(event.sequence, 11u);
  EXPECT_FALSE(log.next(EventLog::kKept + 10, event));
}

}  // namespace
}  // namespace tidegate::sdk

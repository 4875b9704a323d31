#include "core/moment.hpp"

#include "tidegate/event_number.h"
#include "tidegate/until.h"

namespace tidegate::sdk {
namespace {

using machine::Place;

TEST(Moment, At_SaysWhatIsReached) {
  EXPECT_EQ(moment_at(TG_UNTIL_DRAINED, Place::drained, 0), Moment::reached);
  EXPECT_EQ(moment_at(TG_UNTIL_DRAINED, Place::draining, 1), Moment::ahead);
  EXPECT_EQ(moment_at(TG_UNTIL_DRAINED, Place::stopped, 0), Moment::reached);
  EXPECT_EQ(moment_at(TG_UNTIL_DRAINED, Place::stopped, 1), Moment::ahead);
  EXPECT_EQ(moment_at(TG_UNTIL_STOPPED, Place::stopped, 1), Moment::reached);
  EXPECT_EQ(moment_at(TG_UNTIL_STOPPED, Place::stopping, 0), Moment::ahead);
  EXPECT_EQ(moment_at(TG_UNTIL_RUNNING, Place::running, 9), Moment::reached);
}

struct Case {
  std::uint32_t until;
  std::uint32_t event;
  std::uint64_t live;
  Moment moment;
};

TEST(Moment, After_EachEventThatSettles) {
  const Case cases[] = {
      {TG_UNTIL_DRAINED, TG_EVENT_DRAINED, 0, Moment::reached},
      {TG_UNTIL_DRAINED, TG_EVENT_STOPPED, 0, Moment::reached},
      {TG_UNTIL_DRAINED, TG_EVENT_STOPPED, 2, Moment::ended},
      {TG_UNTIL_DRAINED, TG_EVENT_RESUMED, 2, Moment::ended},
      {TG_UNTIL_DRAINED, TG_EVENT_NOT_CLOSED, 2, Moment::ended},
      {TG_UNTIL_DRAINED, TG_EVENT_RUNNING, 0, Moment::ahead},
      {TG_UNTIL_STOPPED, TG_EVENT_STOPPED, 2, Moment::reached},
      {TG_UNTIL_STOPPED, TG_EVENT_DRAINED, 0, Moment::ahead},
      {TG_UNTIL_STOPPED, TG_EVENT_RESUMED, 0, Moment::ended},
      {TG_UNTIL_STOPPED, TG_EVENT_NOT_CLOSED, 1, Moment::ended},
      {TG_UNTIL_RUNNING, TG_EVENT_RUNNING, 0, Moment::reached},
      {TG_UNTIL_RUNNING, TG_EVENT_RESUMED, 0, Moment::reached},
      {TG_UNTIL_RUNNING, TG_EVENT_START_FAILED, 0, Moment::ended},
      {TG_UNTIL_RUNNING, TG_EVENT_NOT_CLOSED, 1, Moment::ahead},
      {TG_UNTIL_DRAINED, TG_EVENT_DRAIN_STARTED, 1, Moment::ahead},
      {TG_UNTIL_DRAINED, TG_EVENT_REFUSALS, 1, Moment::ahead},
  };
  for (const Case &c : cases) EXPECT_EQ(moment_after(c.until, c.event, c.live), c.moment) << c.until << " " << c.event;
}

}  // namespace
}  // namespace tidegate::sdk

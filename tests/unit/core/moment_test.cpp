#include "core/moment.hpp"

#include "tidegate/vocabulary/event_number.h"
#include "tidegate/vocabulary/until.h"

namespace tidegate::sdk {
namespace {

using machine::Place;

TEST(Moment, At_SaysWhatIsReached) {
  EXPECT_EQ(moment_at(TG_UNTIL_DRAINED, Place::drained, true), Moment::reached);
  EXPECT_EQ(moment_at(TG_UNTIL_DRAINED, Place::draining, false), Moment::ahead);
  EXPECT_EQ(moment_at(TG_UNTIL_DRAINED, Place::running, false), Moment::ahead);
  EXPECT_EQ(moment_at(TG_UNTIL_DRAINED, Place::stopped, true), Moment::reached);
  EXPECT_EQ(moment_at(TG_UNTIL_DRAINED, Place::stopped, false), Moment::ended) << "25050 was not said and will not be";
  EXPECT_EQ(moment_at(TG_UNTIL_DRAINED, Place::stopping, false), Moment::ended);
  EXPECT_EQ(moment_at(TG_UNTIL_STOPPED, Place::stopped, false), Moment::reached);
  EXPECT_EQ(moment_at(TG_UNTIL_STOPPED, Place::stopping, true), Moment::ahead);
  EXPECT_EQ(moment_at(TG_UNTIL_RUNNING, Place::running, false), Moment::reached);
  EXPECT_EQ(moment_at(TG_UNTIL_RUNNING, Place::ramping, false), Moment::reached) << "it admits";
  EXPECT_EQ(moment_at(TG_UNTIL_RUNNING, Place::unstarted, false), Moment::ended);
}

struct Case {
  std::uint32_t until;
  std::uint32_t event;
  Moment moment;
};

TEST(Moment, After_EachEventThatSettles) {
  const Case cases[] = {
      {TG_UNTIL_DRAINED, TG_EVENT_DRAINED, Moment::reached},
      {TG_UNTIL_DRAINED, TG_EVENT_STOPPED, Moment::ended},
      {TG_UNTIL_DRAINED, TG_EVENT_STOPPED_EARLY, Moment::ended},
      {TG_UNTIL_STOPPED, TG_EVENT_STOPPED_EARLY, Moment::ahead},
      {TG_UNTIL_DRAINED, TG_EVENT_RESUMING, Moment::ended},
      {TG_UNTIL_DRAINED, TG_EVENT_NOT_CLOSED, Moment::ended},
      {TG_UNTIL_DRAINED, TG_EVENT_RUNNING, Moment::ahead},
      {TG_UNTIL_STOPPED, TG_EVENT_STOPPED, Moment::reached},
      {TG_UNTIL_STOPPED, TG_EVENT_DRAINED, Moment::ahead},
      {TG_UNTIL_STOPPED, TG_EVENT_RESUMING, Moment::ended},
      {TG_UNTIL_STOPPED, TG_EVENT_NOT_CLOSED, Moment::ended},
      {TG_UNTIL_RUNNING, TG_EVENT_RUNNING, Moment::reached},
      {TG_UNTIL_RUNNING, TG_EVENT_RESUMED, Moment::ahead},
      {TG_UNTIL_RUNNING, TG_EVENT_START_FAILED, Moment::ended},
      {TG_UNTIL_RUNNING, TG_EVENT_NOT_CLOSED, Moment::ahead},
      {TG_UNTIL_DRAINED, TG_EVENT_DRAIN_STARTED, Moment::ahead},
      {TG_UNTIL_RUNNING, TG_EVENT_STARTED_PAUSED, Moment::ended},
      {TG_UNTIL_RUNNING, TG_EVENT_RECOVERED, Moment::ended},
      {TG_UNTIL_RUNNING, TG_EVENT_RESUMING, Moment::reached},
      {TG_UNTIL_DRAINED, TG_EVENT_DEADLINE_RESUME, Moment::ahead},
      {TG_UNTIL_DRAINED, TG_EVENT_REFUSALS, Moment::ahead},
  };
  for (const Case &c : cases) EXPECT_EQ(moment_after(c.until, c.event), c.moment) << c.until << " " << c.event;
}

}  // namespace
}  // namespace tidegate::sdk

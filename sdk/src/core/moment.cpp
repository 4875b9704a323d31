#include "core/moment.hpp"

#include "tidegate/event_number.h"
#include "tidegate/until.h"

namespace tidegate::sdk {

using machine::Place;

Moment moment_at(std::uint32_t until, Place place, std::uint64_t live) {
  bool reached = false;
  if (until == TG_UNTIL_DRAINED)
    reached = place == Place::drained || ((place == Place::stopping || place == Place::stopped) && live == 0);
  if (until == TG_UNTIL_STOPPED) reached = place == Place::stopped;
  if (until == TG_UNTIL_RUNNING) reached = place == Place::running;
  return reached ? Moment::reached : Moment::ahead;
}

Moment moment_after(std::uint32_t until, std::uint32_t event_number, std::uint64_t live) {
  switch (event_number) {
    case TG_EVENT_DRAINED: return until == TG_UNTIL_DRAINED ? Moment::reached : Moment::ahead;
    case TG_EVENT_STOPPED:
      if (until == TG_UNTIL_DRAINED) return live == 0 ? Moment::reached : Moment::ended;
      return until == TG_UNTIL_STOPPED ? Moment::reached : Moment::ahead;
    case TG_EVENT_RUNNING:
    case TG_EVENT_RESUMED:
      if (until == TG_UNTIL_RUNNING) return Moment::reached;
      // Whoever waits for the end of a drain and sees the service run: that drain was called off.
      return event_number == TG_EVENT_RESUMED ? Moment::ended : Moment::ahead;
    case TG_EVENT_START_FAILED: return Moment::ended;
    case TG_EVENT_NOT_CLOSED: return until == TG_UNTIL_RUNNING ? Moment::ahead : Moment::ended;
    default: return Moment::ahead;
  }
}

}  // namespace tidegate::sdk

#include "core/moment.hpp"

#include "tidegate/vocabulary/event_number.h"
#include "tidegate/vocabulary/until.h"

namespace tidegate::sdk {

using machine::Place;

Moment moment_at(std::uint32_t until, Place place, bool said_drained) {
  const auto reached_if = [](bool reached) { return reached ? Moment::reached : Moment::ahead; };
  if (place == Place::unstarted) return Moment::ended;
  if (until == TG_UNTIL_RUNNING) return reached_if(machine::is_ready(place));
  if (until == TG_UNTIL_STOPPED) return reached_if(place == Place::stopped);
  if (place == Place::stopping || place == Place::stopped) return said_drained ? Moment::reached : Moment::ended;
  return reached_if(place == Place::drained);
}

Moment moment_after(std::uint32_t until, std::uint32_t event_number) {
  switch (event_number) {
    case TG_EVENT_DRAINED: return until == TG_UNTIL_DRAINED ? Moment::reached : Moment::ahead;
    case TG_EVENT_STOPPED_EARLY: return until == TG_UNTIL_DRAINED ? Moment::ended : Moment::ahead;
    case TG_EVENT_STOPPED:
      if (until == TG_UNTIL_STOPPED) return Moment::reached;
      return until == TG_UNTIL_DRAINED ? Moment::ended : Moment::ahead;
    case TG_EVENT_RUNNING: return until == TG_UNTIL_RUNNING ? Moment::reached : Moment::ahead;
    // For a wait for the end of a drain, a resume means that the drain was called off.
    case TG_EVENT_RESUMING: return until == TG_UNTIL_RUNNING ? Moment::reached : Moment::ended;
    // The service does not run before an actor resumes it.
    case TG_EVENT_STARTED_PAUSED:
    case TG_EVENT_RECOVERED: return until == TG_UNTIL_RUNNING ? Moment::ended : Moment::ahead;
    case TG_EVENT_START_FAILED: return Moment::ended;
    case TG_EVENT_NOT_CLOSED: return until == TG_UNTIL_RUNNING ? Moment::ahead : Moment::ended;
    default: return Moment::ahead;
  }
}

}  // namespace tidegate::sdk

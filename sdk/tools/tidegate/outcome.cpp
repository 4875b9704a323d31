#include "outcome.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "tidegate/event_number.h"

std::string outcome(Conversation &host, const std::string &service, std::uint64_t after) {
  std::uint64_t begun = 0, cut = 0;
  bool seen = false;
  // An answer has a limited number of events, and a service that was cut may be said to be so long after the first of them.
  for (bool more = true; more;) {
    const Json answer = host.need({{"verb", "events"}, {"after", after}});
    for (const Json &event : answer.at("events")) {
      if (number(event, "sequence") != after + 1) return "";
      ++after;
      if (event.value("service", "") != service) continue;
      const auto id = event.value("number", 0u);
      if (id == TG_EVENT_DRAIN_STARTED) begun = number(event, "count"), seen = true;
      if (id == TG_EVENT_FORCED || id == TG_EVENT_STOPPED_EARLY) cut = number(event, "count");
    }
    more = !answer.at("events").empty() && after < number(answer, "last");
  }
  if (!seen) return "";
  if (cut == 0) return fmt::format("; {} in progress at the start, none was cut", begun);
  return fmt::format("; {} in progress at the start, {} told to close", begun, cut);
}

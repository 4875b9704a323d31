#include "commands.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "conversation.hpp"
#include "duration.hpp"
#include "table.hpp"

namespace {

std::string event_line(const Json &event) {
  std::string line = fmt::format("{}  {}  {:<10} {}", text(event, "time"), event.value("number", 0), text(event, "service"),
                                 text(event, "text"));
  if (const std::string actor = text(event, "actor"); !actor.empty()) line += fmt::format("  [by {}]", actor);
  if (const std::string reason = text(event, "reason"); !reason.empty()) line += fmt::format("  [{}]", reason);
  if (number(event, "peer_pid") != 0)
    line += fmt::format("  [uid {}, process {}]", number(event, "peer_uid"), number(event, "peer_pid"));
  return line;
}

Json session_list(Conversation &host, const char *verb, const Arguments &arguments) {
  Json request{{"verb", verb}, {"service", arguments.services.at(0)}};
  if (arguments.limit != 0) request["limit"] = arguments.limit;
  return host.need(request);
}

/// "idle, told, acknowledged"
std::string state_of(const Json &session) {
  std::string state = session.value("idle", false) ? "idle" : "active";
  if (session.value("told", false)) state += ", told";
  if (session.value("acknowledged", false)) state += ", acknowledged";
  return state;
}

/// How many sessions there are besides those shown.
void print_rest(const Json &answer) {
  const std::uint64_t shown = answer.at("sessions").size();
  const std::uint64_t all = number(answer.at("service"), "sessions") + number(answer.at("service"), "children");
  if (all > shown) fmt::print("… and {} more; use --limit\n", all - shown);
}

/// The services of the host, or those that were named.
Json chosen_services(Conversation &host, const Arguments &arguments) {
  Json answer = host.need({{"verb", "services"}});
  if (arguments.services.empty()) return answer;
  Json chosen = Json::array();
  for (const std::string &name : arguments.services) {
    const auto found = std::ranges::find_if(answer.at("services"), [&](const Json &s) { return s.value("name", "") == name; });
    if (found == answer.at("services").end()) throw Stop(kRefused, "no service is named \"" + name + "\"");
    chosen.push_back(*found);
  }
  answer["services"] = chosen;
  return answer;
}

/// How long ago, or until when, by the wall clock.
std::string from_now(std::uint64_t unix_ns) {
  const auto now =
      std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch());
  const auto at = static_cast<std::uint64_t>(now.count());
  return unix_ns > at ? "in " + show_duration(unix_ns - at) : show_duration(at - unix_ns) + " ago";
}

}  // namespace

ExitCode services(const Arguments &arguments) {
  Conversation host(arguments);
  const Json answer = chosen_services(host, arguments);
  if (arguments.json) {
    print(answer.dump());
    return kDone;
  }
  Table table({"SERVICE", "STATUS", "PHASE", "ACTIVITY", "REFUSED", "SINCE"});
  for (const Json &service : answer.at("services")) {
    const std::string phase = text(service, "phase");
    table.add({text(service, "name"), text(service, "status"), phase == "none" ? "-" : phase, activity(service),
               std::to_string(number(service, "refused")), show_duration(number(service, "status_since_ns"))});
  }
  fmt::print("{}", table.text());
  return kDone;
}

ExitCode wait(const Arguments &arguments) {
  const Clock::time_point began = Clock::now();
  Conversation host(arguments);
  // Whatever happens from here on counts, also between two looks.
  const Json last = host.need({{"verb", "events"}, {"after", INT64_MAX}}).at("last");
  for (const std::string &name : arguments.services) {
    const Json service = wait_until(host, arguments, name, arguments.until, last, began);
    print(arguments.json ? Json{{"ok", true}, {"service", service}}.dump() : line_about(service));
  }
  return kDone;
}

ExitCode events(const Arguments &arguments) {
  Conversation host(arguments);
  std::uint64_t after = arguments.after;
  if (arguments.follow) watch_for_interrupt();
  try {
    while (true) {
      const Json answer = host.need({{"verb", "events"}, {"after", after}, {"wait", arguments.follow}});
      for (const Json &event : answer.at("events")) {
        after = number(event, "sequence");
        if (!arguments.ids.empty() && std::ranges::find(arguments.ids, event.value("number", 0u)) == arguments.ids.end())
          continue;
        print(arguments.json ? event.dump() : event_line(event));
      }
      if (!arguments.follow && (answer.at("events").empty() || after >= number(answer, "last"))) return kDone;
    }
  } catch (const Stop &stop) {
    if (stop.code() != kDetached) throw;
    return kDone;  // Ctrl-C is how following ends
  }
}

ExitCode sessions(const Arguments &arguments) {
  Conversation host(arguments);
  const Json answer = session_list(host, "sessions", arguments);
  if (arguments.json) {
    print(answer.dump());
    return kDone;
  }
  Table table({"TICKET", "KIND", "AGE", "PEER", "SESSION"});
  for (const Json &session : answer.at("sessions"))
    table.add({text(session, "ticket"), text(session, "kind"), show_duration(number(session, "age_ns")),
               text(session, "peer"), about_session(session)});
  fmt::print("{}", table.text());
  print_rest(answer);
  return kDone;
}

ExitCode blockers(const Arguments &arguments) {
  Conversation host(arguments);
  const Json answer = session_list(host, "blockers", arguments);
  if (arguments.json) {
    print(answer.dump());
    return kDone;
  }
  Table table({"TICKET", "KIND", "CLASS", "AGE", "QUIET", "STATE", "PEER", "SESSION"});
  for (const Json &session : answer.at("sessions"))
    table.add({text(session, "ticket"), text(session, "kind"), text(session, "class"),
               show_duration(number(session, "age_ns")), show_duration(number(session, "quiet_ns")), state_of(session),
               text(session, "peer"), about_session(session)});
  fmt::print("{}", table.text());
  print_rest(answer);
  if (const std::uint64_t entries = number(answer.at("service"), "entries"); entries != 0)
    fmt::print("and {} short {} inside (entries)\n", entries, entries == 1 ? "work" : "works");
  return kDone;
}

ExitCode holds(const Arguments &arguments) {
  Conversation host(arguments);
  const Json answer = chosen_services(host, arguments);
  Table table({"SERVICE", "ACTOR", "SINCE", "LASTS", "REASON"});
  for (const Json &service : answer.at("services"))
    for (const Json &hold : service.value("holds", Json::array())) {
      if (arguments.json) {
        print(Json{{"service", service.at("name")}, {"hold", hold}}.dump());
        continue;
      }
      const std::uint64_t expires = hold.at("expires_unix_ns").is_null() ? 0 : number(hold, "expires_unix_ns");
      const std::string actor = text(hold, "actor");
      table.add({text(service, "name"), actor.empty() ? "-" : actor, from_now(number(hold, "since_unix_ns")),
                 expires != 0 ? "ends " + from_now(expires) : text(hold, "lasts"), text(hold, "reason")});
    }
  if (!arguments.json) fmt::print("{}", table.text());
  return kDone;
}

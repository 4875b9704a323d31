#include "commands.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "conversation.hpp"
#include "duration.hpp"
#include "table.hpp"
#include "tidegate/vocabulary/result.h"
#include "waiting.hpp"

namespace {

std::string event_line(const Json &event) {
  std::string line = fmt::format("{:>5}  {}  {}  {:<10} {}", number(event, "sequence"), text(event, "time"),
                                 event.value("number", 0), text(event, "service"), text(event, "text"));
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

/// Prints the number of sessions that the list does not show, if any.
void print_rest(const Json &answer) {
  const std::uint64_t shown = answer.at("sessions").size();
  const std::uint64_t all = number(answer.at("service"), "sessions") + number(answer.at("service"), "children");
  if (all > shown) fmt::print("… and {} more; use --limit\n", all - shown);
}

/// Returns the services of the host, or the named ones.
Json chosen_services(Conversation &host, const Arguments &arguments) {
  Json answer = host.need({{"verb", "services"}});
  if (arguments.services.empty()) return answer;
  Json chosen = Json::array();
  for (const std::string &name : arguments.services) {
    const auto found =
        std::ranges::find_if(answer.at("services"), [&](const Json &s) { return s.value("name", "") == name; });
    if (found == answer.at("services").end()) throw Stop(kRefused, "no service is named \"" + name + "\"");
    chosen.push_back(*found);
  }
  answer["services"] = chosen;
  return answer;
}

/// "op1, op2"
std::string holder_names(const Json &service) {
  std::string out;
  for (const Json &hold : service.value("holds", Json::array())) {
    const std::string actor = text(hold, "actor");
    out += (out.empty() ? "" : ", ") + (actor.empty() ? "-" : actor);
  }
  return out.empty() ? "-" : out;
}

/// "5 min, then force"
std::string deadline_of(const Json &service) {
  if (!service.contains("deadline_left_ns") || service.at("deadline_left_ns").is_null()) return "-";
  return show_duration(number(service, "deadline_left_ns")) + ", then " + text(service, "at_deadline");
}

/// ", in 2 h"; empty for a hold that does not expire.
std::string left_of(const Json &hold) {
  if (hold.at("expires_unix_ns").is_null()) return {};
  const auto now =
      std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch());
  const std::uint64_t ends = number(hold, "expires_unix_ns"), at = static_cast<std::uint64_t>(now.count());
  return ends > at ? ", in " + show_duration(ends - at) : ", now";
}

/// Prints the table, or the sentence `none` when the table is empty.
void print_table(const Table &table, bool empty, const char *none) {
  if (empty)
    print(none);
  else
    fmt::print("{}", table.text());
}

}  // namespace

ExitCode services(const Arguments &arguments) {
  Conversation host(arguments);
  const Json answer = chosen_services(host, arguments);
  if (arguments.json) {
    print_json(answer);
    return kDone;
  }
  const auto any = [&](std::string (*of)(const Json &)) {
    return std::ranges::any_of(answer.at("services"), [of](const Json &service) { return of(service) != "-"; });
  };
  const bool held = any(holder_names), limited = any(deadline_of);
  std::vector<std::string> head{"SERVICE", "STATUS", "PHASE", "ACTIVITY", "REFUSED", "FOR"};
  if (held) head.emplace_back("HELD BY");
  if (limited) head.emplace_back("DEADLINE");
  Table table(head);
  for (const Json &service : answer.at("services")) {
    const std::string phase = text(service, "phase");
    std::vector<std::string> row{text(service, "name"),
                                 text(service, "status"),
                                 phase == "none" ? "-" : phase,
                                 activity(service),
                                 std::to_string(number(service, "refused")),
                                 show_duration(number(service, "status_since_ns"))};
    if (held) row.push_back(holder_names(service));
    if (limited) row.push_back(deadline_of(service));
    table.add(row);
  }
  print(fmt::format("host {}, tidegate {}", text(answer, "host"), text(answer, "version")));
  print_table(table, answer.at("services").empty(), "the host has no service yet");
  return kDone;
}

ExitCode wait(const Arguments &arguments) {
  const Clock::time_point began = Clock::now();
  Conversation host(arguments);
  // The wait includes every event after this one: none is missed between two requests.
  const Json last = host.need({{"verb", "events"}, {"after", INT64_MAX}}).at("last");
  for (const std::string &name : arguments.services) {
    const Json request{{"verb", "wait"}, {"service", name}, {"until", arguments.until}, {"after", last}};
    const Json answer = ask_and_wait(host, arguments, request, {name}, arguments.until, began);
    if (!answer.value("ok", false)) {
      const bool goes_on = answer.at("error").at("number") == TG_E_TIMEOUT;
      Conversation::refuse(
          answer, goes_on ? ". It goes on; to wait again: " + wait_command(arguments, {name}, arguments.until) : "");
    }
    if (arguments.json)
      print_json(answer);
    else
      print(text(answer.at("outcome"), "text") + " (" + show_duration(since(began)) + ")");
  }
  return kDone;
}

/// Reports that events are missing, as the host no longer keeps them. `known`: the number of the last event seen; `next`: of the next one.
void print_gap(const Arguments &arguments, std::uint64_t known, std::uint64_t next) {
  const std::uint64_t missing = next - known - 1;
  if (arguments.json)
    print_json(Json{{"gap", missing}, {"after", known}, {"before", next}});
  else
    print(fmt::format("---  {} {} missing, {} to {}: the host keeps the newest 4,096; its log has all", missing,
                      missing == 1 ? "event is" : "events are", known + 1, next - 1));
}

/// The newest event of a host: its number and the boot_id that all events of this host have.
struct Newest {
  std::uint64_t number = 0;
  std::string boot;
};

Newest newest_event(Conversation &host) {
  Newest out{number(host.need({{"verb", "events"}, {"after", INT64_MAX}}), "last"), {}};
  if (out.number == 0) return out;
  const Json answer = host.need({{"verb", "events"}, {"after", out.number - 1}, {"limit", 1}});
  for (const Json &event : answer.at("events")) out.boot = text(event, "boot_id");
  return out;
}

/// Returns: whether the host has been restarted since the event of --after: event numbers begin again at each start of a host.
bool is_restarted(const Arguments &arguments, const Newest &newest) {
  return arguments.after > newest.number || (!arguments.boot.empty() && arguments.boot != newest.boot);
}

void print_restart(const Arguments &arguments, const Newest &newest) {
  if (arguments.json)
    print_json(Json{{"restarted", true}, {"after", arguments.after}, {"last", newest.number}, {"boot_id", newest.boot}});
  else
    print(fmt::format("---  the host has been started again since event {}: its newest is {} (boot {}); all that it has follow",
                      arguments.after, newest.number, newest.boot));
}

ExitCode events(const Arguments &arguments) {
  Conversation host(arguments);
  std::uint64_t after = arguments.after;
  bool followed = false;  // an event has been read, so the next one must have the next number
  if (arguments.follow) watch_for_interrupt();
  try {
    if (const Newest newest = newest_event(host); is_restarted(arguments, newest)) {
      print_restart(arguments, newest);
      after = 0;
    }
    while (true) {
      const Json answer = host.need({{"verb", "events"}, {"after", after}, {"wait", arguments.follow}});
      for (const Json &event : answer.at("events")) {
        const std::uint64_t sequence = number(event, "sequence");
        // Without --after the list begins with the oldest event that the host keeps: earlier ones are not missing.
        if (sequence > after + 1 && (after != 0 || arguments.after_given || followed))
          print_gap(arguments, after, sequence);
        followed = true;
        after = sequence;
        if (!arguments.ids.empty() && std::ranges::find(arguments.ids, event.value("number", 0u)) == arguments.ids.end())
          continue;
        if (arguments.json)
          print_json(event);
        else
          print(event_line(event));
      }
      if (!arguments.follow && (answer.at("events").empty() || after >= number(answer, "last"))) return kDone;
    }
  } catch (const Stop &stop) {
    if (stop.code() != kDetached) throw;
    return kDone;  // Ctrl-C is the normal end of --follow
  }
}

ExitCode sessions(const Arguments &arguments) {
  Conversation host(arguments);
  const Json answer = session_list(host, "sessions", arguments);
  if (arguments.json) {
    print_json(answer);
    return kDone;
  }
  Table table({"TICKET", "KIND", "AGE", "PEER", "SESSION"});
  for (const Json &session : answer.at("sessions"))
    table.add({text(session, "ticket"), text(session, "kind"), show_duration(number(session, "age_ns")),
               text(session, "peer"), about_session(session)});
  print_table(table, answer.at("sessions").empty(), "no session is live");
  print_rest(answer);
  return kDone;
}

ExitCode blockers(const Arguments &arguments) {
  Conversation host(arguments);
  const Json answer = session_list(host, "blockers", arguments);
  if (arguments.json) {
    print_json(answer);
    return kDone;
  }
  Table table({"TICKET", "KIND", "CLASS", "AGE", "QUIET", "STATE", "PEER", "SESSION"});
  for (const Json &session : answer.at("sessions"))
    table.add({text(session, "ticket"), text(session, "kind"), text(session, "class"),
               show_duration(number(session, "age_ns")), show_duration(number(session, "quiet_ns")), state_of(session),
               text(session, "peer"), about_session(session)});
  print_table(table, answer.at("sessions").empty(), "no session keeps it from being drained");
  print_rest(answer);
  if (const std::uint64_t entries = number(answer.at("service"), "entries"); entries != 0)
    print(fmt::format("and {} of work in progress", entries == 1 ? "1 piece" : fmt::format("{} pieces", entries)));
  return kDone;
}

ExitCode holds(const Arguments &arguments) {
  Conversation host(arguments);
  const Json answer = chosen_services(host, arguments);
  Table table({"SERVICE", "ACTOR", "SINCE", "LASTS", "REASON"});
  bool any = false;
  for (const Json &service : answer.at("services"))
    for (const Json &hold : service.value("holds", Json::array())) {
      any = true;
      if (arguments.json) {
        print_json(Json{{"service", service.at("name")}, {"hold", hold}});
        continue;
      }
      const std::string actor = text(hold, "actor");
      table.add({text(service, "name"), actor.empty() ? "-" : actor, clock_time(number(hold, "since_unix_ns")),
                 lasts(hold) + left_of(hold), text(hold, "reason")});
    }
  if (!arguments.json) print_table(table, !any, "nobody holds a service");
  return kDone;
}

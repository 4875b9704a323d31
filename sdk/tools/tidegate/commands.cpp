#include "commands.hpp"

#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "client.hpp"
#include "duration.hpp"
#include "table.hpp"
#include "tidegate/event_number.h"
#include "tidegate/result.h"

namespace {

using Json = nlohmann::ordered_json;
using Clock = std::chrono::steady_clock;

constexpr std::uint64_t kProgressNs = 250'000'000;

std::string text(const Json &json, const char *key) { return printable(json.value(key, std::string())); }
std::uint64_t number(const Json &json, const char *key) { return json.value(key, std::uint64_t{0}); }
std::uint64_t live(const Json &service) {
  return number(service, "sessions") + number(service, "children") + number(service, "entries");
}

void print(const std::string &line) {
  fmt::print("{}\n", line);
  std::fflush(stdout);  // whoever reads `events --follow` wants each line when it comes
}

/// Who is said to have asked: the user that runs the command.
std::string default_actor() {
  const passwd *user = getpwuid(getuid());
  return (user != nullptr ? std::string(user->pw_name) : std::to_string(getuid())) + " (tidegate)";
}

/// A host and what it answers, as JSON.
class Conversation {
 public:
  explicit Conversation(const Arguments &arguments) : client_(find_socket(arguments.socket, arguments.host)) {}

  /// The answer as it came, also one that says no.
  Json ask(const Json &request) {
    // Only following events is held for as long as nothing happens.
    const bool without_limit = request.value("wait", false);
    const std::string answer = client_.ask(request.dump(-1, ' ', false, Json::error_handler_t::replace), without_limit);
    Json json = Json::parse(answer, nullptr, false);
    if (!json.is_object()) throw Stop(kNoHost, "what answered is not a Tidegate host");
    return json;
  }

  /// The answer, or a Stop with the host's sentence when it says no.
  Json need(const Json &request) {
    Json answer = ask(request);
    if (!answer.value("ok", false)) refuse(answer);
    return answer;
  }

  [[noreturn]] static void refuse(const Json &answer) {
    const Json error = answer.value("error", Json::object());
    const int code = error.value("number", -1);
    const ExitCode exit = code == TG_E_TIMEOUT ? kTimeout : code == TG_E_ENDED ? kEnded : kRefused;
    throw Stop(exit, text(error, "text"));
  }

 private:
  Client client_;
};

Json change(const char *verb, const Arguments &arguments) {
  Json request{{"verb", verb}, {"service", arguments.service}};
  request["actor"] = arguments.actor.empty() ? default_actor() : arguments.actor;
  if (!arguments.reason.empty()) request["reason"] = arguments.reason;
  if (arguments.deadline_ns != 0) request["deadline_ns"] = arguments.deadline_ns;
  if (arguments.kill_grace_ns != 0) request["kill_grace_ns"] = arguments.kill_grace_ns;
  return request;
}

std::string activity(const Json &service) {
  return fmt::format("{}={}", text(service, "activity"), number(service, "sessions"));
}

/// A line about one service, such as "RTCMEDSRV Paused (draining), Concurrent Calls=12".
std::string line_about(const Json &service) {
  const std::string phase = text(service, "phase");
  return fmt::format("{} {}{}, {}", text(service, "name"), text(service, "status"),
                     phase == "none" ? "" : " (" + phase + ")", activity(service));
}

/// Shows how far a drain is, on standard error: one line that changes on a terminal, else a line when something changed.
class Progress {
 public:
  explicit Progress(bool quiet) : quiet_(quiet), terminal_(isatty(STDERR_FILENO) == 1) {}
  ~Progress() { clear(); }

  void show(const Json &service) {
    if (quiet_) return;
    std::string line = line_about(service);
    if (const std::uint64_t others = live(service) - number(service, "sessions"); others != 0)
      line += fmt::format(" and {} inside them", others);
    if (service.contains("deadline_left_ns") && !service["deadline_left_ns"].is_null())
      line += ", deadline in " + show_duration(number(service, "deadline_left_ns"));
    if (terminal_) {
      fmt::print(stderr, "\r\033[K{}, {}", line, show_duration(elapsed()));
      std::fflush(stderr);
      dirty_ = true;
    } else if (activity(service) + text(service, "status") != last_) {
      fmt::print(stderr, "{}\n", line);
      last_ = activity(service) + text(service, "status");
    }
  }

  void clear() {
    if (dirty_) fmt::print(stderr, "\r\033[K");
    dirty_ = false;
  }

  std::uint64_t elapsed() const {
    return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now() - begin_).count());
  }

 private:
  const bool quiet_;
  const bool terminal_;
  const Clock::time_point begin_ = Clock::now();
  std::string last_;
  bool dirty_ = false;
};

Json service_named(Conversation &host, const std::string &name) {
  const Json answer = host.need({{"verb", "services"}});
  for (const Json &service : answer["services"])
    if (service.value("name", "") == name) return service;
  return Json::object();
}

/// Waits until a service is drained, stopped or running, and shows how far it is.
Json wait_until(Conversation &host, const Arguments &arguments, const std::string &until, const Json &after) {
  watch_for_interrupt();
  Progress progress(arguments.json);
  try {
    while (true) {
      const std::uint64_t elapsed = progress.elapsed();
      const bool last = arguments.timeout_ns != 0 && elapsed + kProgressNs >= arguments.timeout_ns;
      const std::uint64_t slice = last ? arguments.timeout_ns - std::min(elapsed, arguments.timeout_ns) : kProgressNs;
      Json answer = host.ask(
          {{"verb", "wait"}, {"service", arguments.service}, {"until", until}, {"after", after}, {"timeout_ns", slice}});
      if (answer.value("ok", false)) return answer;
      if (answer["error"].value("number", 0) != TG_E_TIMEOUT || last) {
        progress.clear();
        Conversation::refuse(answer);
      }
      progress.show(service_named(host, arguments.service));
    }
  } catch (const Stop &stop) {
    if (stop.code() != kDetached) throw;
    progress.clear();
    throw Stop(kDetached, fmt::format("detached; what was asked for goes on. To wait again: tidegate wait {} --until {}",
                                      arguments.service, until));
  }
}

/// What came of a drain, by its events: how many were cut, if any.
std::string outcome(Conversation &host, const std::string &name, std::uint64_t after) {
  std::uint64_t begun = 0, cut = 0;
  bool seen = false;
  const Json answer = host.need({{"verb", "events"}, {"after", after}});
  for (const Json &event : answer["events"]) {
    if (event.value("service", "") != name) continue;
    const auto id = event.value("number", 0u);
    if (id == TG_EVENT_DRAIN_STARTED) begun = number(event, "count"), seen = true;
    if (id == TG_EVENT_FORCED || id == TG_EVENT_STOPPED_EARLY) cut = number(event, "count");
  }
  if (!seen) return "";
  if (cut == 0) return fmt::format("; {} in progress at the start, none was cut", begun);
  return fmt::format("; {} in progress at the start, {} told to close", begun, cut);
}

/// Asks for a change, then waits for its end unless --no-wait.
ExitCode carry_out(const Arguments &arguments, const Json &request, const std::string &until) {
  Conversation host(arguments);
  const Json begun = host.need(request);
  const auto began_at = Clock::now();
  Json end = begun;
  if (!arguments.no_wait) end = wait_until(host, arguments, until, begun["last"]);
  if (arguments.json) {
    print(end.dump());
    return kDone;
  }
  std::string line = line_about(end["service"]);
  if (!arguments.no_wait) {
    line += outcome(host, arguments.service, number(begun, "last"));
    const auto took = std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now() - began_at);
    line += " (" + show_duration(static_cast<std::uint64_t>(took.count())) + ")";
  }
  print(line);
  return kDone;
}

std::string event_line(const Json &event) {
  std::string line = fmt::format("{}  {}  {:<10} {}", text(event, "time"), event.value("number", 0), text(event, "service"),
                                 text(event, "text"));
  if (const std::string actor = text(event, "actor"); !actor.empty()) line += fmt::format("  [by {}]", actor);
  if (const std::string reason = text(event, "reason"); !reason.empty()) line += fmt::format("  [{}]", reason);
  return line;
}

}  // namespace

ExitCode services(const Arguments &arguments) {
  Conversation host(arguments);
  Json answer = host.need({{"verb", "services"}});
  if (!arguments.services.empty()) {
    Json chosen = Json::array();
    for (const std::string &name : arguments.services) {
      const auto found =
          std::ranges::find_if(answer["services"], [&](const Json &s) { return s.value("name", "") == name; });
      if (found == answer["services"].end()) throw Stop(kRefused, "no service is named \"" + name + "\"");
      chosen.push_back(*found);
    }
    answer["services"] = chosen;
  }
  if (arguments.json) {
    print(answer.dump());
    return kDone;
  }
  Table table({"SERVICE", "STATUS", "PHASE", "ACTIVITY", "REFUSED", "SINCE"});
  for (const Json &service : answer["services"]) {
    const std::string phase = text(service, "phase");
    table.add({text(service, "name"), text(service, "status"), phase == "none" ? "-" : phase, activity(service),
               std::to_string(number(service, "refused")), show_duration(number(service, "status_since_ns"))});
  }
  fmt::print("{}", table.text());
  return kDone;
}

ExitCode start(const Arguments &arguments) { return carry_out(arguments, change("start", arguments), "running"); }

ExitCode resume(const Arguments &arguments) { return carry_out(arguments, change("resume", arguments), "running"); }

ExitCode drain(const Arguments &arguments) { return carry_out(arguments, change("drain", arguments), "drained"); }

ExitCode stop(const Arguments &arguments) {
  Json request = change("stop", arguments);
  request["graceful"] = arguments.graceful;
  return carry_out(arguments, request, "stopped");
}

ExitCode wait(const Arguments &arguments) {
  Conversation host(arguments);
  // Whatever happens from here on counts, also between two looks.
  const Json last = host.need({{"verb", "events"}, {"after", INT64_MAX}})["last"];
  const Json end = wait_until(host, arguments, arguments.until, last);
  print(arguments.json ? end.dump() : line_about(end["service"]));
  return kDone;
}

ExitCode events(const Arguments &arguments) {
  Conversation host(arguments);
  std::uint64_t after = arguments.after;
  if (arguments.follow) watch_for_interrupt();
  try {
    while (true) {
      const Json answer = host.need({{"verb", "events"}, {"after", after}, {"wait", arguments.follow}});
      for (const Json &event : answer["events"]) {
        after = number(event, "sequence");
        if (!arguments.ids.empty() && std::ranges::find(arguments.ids, event.value("number", 0u)) == arguments.ids.end())
          continue;
        print(arguments.json ? event.dump() : event_line(event));
      }
      if (!arguments.follow && after >= number(answer, "last")) return kDone;
    }
  } catch (const Stop &stop) {
    if (stop.code() != kDetached) throw;
    return kDone;  // Ctrl-C is how following ends
  }
}

ExitCode sessions(const Arguments &arguments) {
  Conversation host(arguments);
  Json request{{"verb", "sessions"}, {"service", arguments.service}};
  if (arguments.limit != 0) request["limit"] = arguments.limit;
  const Json answer = host.need(request);
  if (arguments.json) {
    print(answer.dump());
    return kDone;
  }
  Table table({"TICKET", "KIND", "AGE", "PEER", "SESSION"});
  for (const Json &session : answer["sessions"]) {
    const std::string about = text(session, "text");
    table.add({text(session, "ticket"), text(session, "kind"), show_duration(number(session, "age_ns")),
               text(session, "peer"), about.empty() ? "tag " + std::to_string(number(session, "tag")) : about});
  }
  fmt::print("{}", table.text());
  const std::uint64_t shown = answer["sessions"].size();
  const std::uint64_t all = number(answer["service"], "sessions") + number(answer["service"], "children");
  if (all > shown) fmt::print("… and {} more; use --limit\n", all - shown);
  return kDone;
}

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <nlohmann/json.hpp>
#include <set>

#include "actor.hpp"
#include "conversation.hpp"
#include "duration.hpp"
#include "outcome.hpp"

namespace {

void set(Json &request, const char *key, std::uint64_t value) {
  if (value != 0) request[key] = value;
}
void set(Json &request, const char *key, const std::string &value) {
  if (!value.empty()) request[key] = value;
}
void set(Json &request, const char *key, bool value) {
  if (value) request[key] = true;
}

/// The moment of the wall clock that `--hold-for` means, ns since 1970.
std::uint64_t hold_until(std::uint64_t hold_for) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(now).count()) + hold_for;
}

Json change(const char *verb, const Arguments &arguments) {
  Json request{{"verb", verb}};
  if (arguments.services.size() == 1)
    request["service"] = arguments.services[0];
  else if (!arguments.services.empty())
    request["services"] = arguments.services;
  set(request, "all", arguments.all);
  if (!arguments.except.empty()) request["except"] = arguments.except;
  request["actor"] = arguments.actor.empty() ? default_actor(person_at_work()) : arguments.actor;
  set(request, "reason", arguments.reason);
  set(request, "all_holds", arguments.all_holds);
  return request;
}

Json drain_request(const char *verb, const Arguments &arguments) {
  Json request = change(verb, arguments);
  set(request, "deadline_ns", arguments.deadline_ns);
  set(request, "kill_grace_ns", arguments.kill_grace_ns);
  set(request, "at_deadline", arguments.at_deadline);
  set(request, "announce", arguments.announce);
  set(request, "announce_max_ns", arguments.announce_max_ns);
  set(request, "quiet_ns", arguments.quiet_ns);
  set(request, "replace", arguments.replace);
  set(request, "affinity", arguments.affinity);
  set(request, "emergency", arguments.emergency);
  set(request, "redirect", arguments.redirect);
  set(request, "notice_window_ns", arguments.notice_window_ns);
  if (arguments.hold_for_ns != 0) {
    request["hold"] = "until-time";
    request["hold_until_unix_ns"] = hold_until(arguments.hold_for_ns);
  } else if (arguments.until_restart) {
    request["hold"] = "until-restart";
  }
  return request;
}

/// Says what a resume or a journal that could not be written leaves to say. Returns: the exit code.
ExitCode remarks(const Json &answer) {
  const std::string result = text(answer, "result");
  if (result == "ok-not-durable")
    fmt::print(stderr, "tidegate: done, but the journal could not be written: it may not outlive a crash of the host\n");
  return result == "ok-held" ? kHeld : kDone;
}

/// What holds a service that was resumed and is still held.
void print_holds(const Json &service) {
  print(line_about(service) + "; your hold is lifted, others hold it still:");
  for (const Json &hold : service.value("holds", Json::array())) print("  " + line_about_hold(hold));
}

/// Stopped, or Failed because it could not start; not one whose sessions would not go, which a drain still concerns.
bool is_down(const Json &service) {
  const std::string status = text(service, "status");
  return status == "Stopped" || (status == "Failed" && text(service, "phase") == "none");
}

/// The services that are down before a change of several, which passes them over; none for a start, which does not.
std::set<std::string> down_before(Conversation &host, const Arguments &arguments, const Json &request) {
  std::set<std::string> down;
  if ((!arguments.all && arguments.services.size() == 1) || request["verb"] == "start") return down;
  const Json answer = host.need({{"verb", "services"}});
  for (const Json &service : answer.at("services"))
    if (is_down(service)) down.insert(service.value("name", ""));
  return down;
}

/// Asks for a change, then waits for its end unless --no-wait.
ExitCode carry_out(const Arguments &arguments, const Json &request, const std::string &until) {
  const Clock::time_point began = Clock::now();
  Conversation host(arguments);
  const std::set<std::string> down = down_before(host, arguments, request);
  Json answer = host.need(request);
  const Json last = answer.at("last");
  const ExitCode code = remarks(answer);
  const bool waits = !arguments.no_wait && !until.empty();
  for (Json &service : answer.at("services")) {
    const bool held = code == kHeld && !service.value("holds", Json::array()).empty();
    // One that is down still, and was not asked to be: nothing will come of it.
    const bool wanted_down = until == "stopped" && text(service, "status") == "Stopped";
    const bool passed_over = !held && !wanted_down && is_down(service) && down.contains(text(service, "name"));
    if (waits && !held && !passed_over) service = wait_until(host, arguments, text(service, "name"), until, last, began);
    if (arguments.json) continue;
    if (passed_over) {
      print(line_about(service) + "; nothing to wait for");
      continue;
    }
    if (held) {
      print_holds(service);
      continue;
    }
    std::string line = line_about(service);
    if (waits) {
      line += outcome(host, text(service, "name"), last.get<std::uint64_t>());
      line += " (" + show_duration(since(began)) + ")";
    }
    print(line);
  }
  if (arguments.json) {
    if (answer.contains("service")) answer["service"] = answer.at("services").at(0);
    print(answer.dump());
  }
  return code;
}

}  // namespace

ExitCode start(const Arguments &arguments) { return carry_out(arguments, change("start", arguments), "running"); }

ExitCode resume(const Arguments &arguments) { return carry_out(arguments, change("resume", arguments), "running"); }

ExitCode drain(const Arguments &arguments) { return carry_out(arguments, drain_request("drain", arguments), "drained"); }

ExitCode pause(const Arguments &arguments) { return carry_out(arguments, drain_request("drain", arguments), ""); }

ExitCode restart(const Arguments &arguments) {
  return carry_out(arguments, drain_request("restart", arguments), "running");
}

ExitCode stop(const Arguments &arguments) {
  Json request = arguments.graceful ? drain_request("stop", arguments) : change("stop", arguments);
  request["graceful"] = arguments.graceful;
  return carry_out(arguments, request, "stopped");
}

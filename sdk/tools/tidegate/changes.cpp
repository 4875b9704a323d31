#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <nlohmann/json.hpp>

#include "actor.hpp"
#include "conversation.hpp"
#include "duration.hpp"
#include "tidegate/vocabulary/event_number.h"
#include "tidegate/vocabulary/result.h"
#include "waiting.hpp"

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

/// Returns the time of the wall clock at which a hold of `--hold-for` expires, ns since 1970.
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
  set(request, "no_ramp", arguments.no_ramp);
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

/// Returns the holds on a service: "held by you until 18:52 (line test), by op2 until resumed (kernel patch)"; empty: there are none.
std::string holders(const Json &service, const std::string &actor) {
  std::string out;
  for (const Json &hold : service.value("holds", Json::array()))
    out += (out.empty() ? "held by " : ", by ") + line_about_hold(hold, actor);
  return out;
}

/// Says that the actor's hold lasts longer than the requested one, which was therefore not taken.
std::string hold_that_stays(const Json &request, const Json &service) {
  if (!request.contains("hold") && request.at("verb") != "drain") return {};
  for (const Json &hold : service.value("holds", Json::array())) {
    if (hold.value("actor", "") != request.at("actor")) continue;
    const std::string lasts = text(hold, "lasts"), asked = request.value("hold", "until-resume");
    const std::uint64_t expires = hold.at("expires_unix_ns").is_null() ? 0 : number(hold, "expires_unix_ns");
    if (lasts == asked && (asked != "until-time" || expires <= number(request, "hold_until_unix_ns"))) return {};
    return "; your hold stays, as it lasts longer than the one asked for now";
  }
  return {};
}

/// Names the drain that was in progress already and that the request joined; empty: none.
std::string joined(const Json &service, const Json &outcome) {
  if (!outcome.value("joined", false)) return {};
  const std::string by = text(outcome, "begun_by");
  std::string out = "; it joined the drain " + (by.empty() ? "in progress" : "that " + by + " began");
  if (service.contains("deadline_left_ns") && !service.at("deadline_left_ns").is_null())
    out += fmt::format(", deadline in {}, then {}", show_duration(number(service, "deadline_left_ns")),
                       text(service, "at_deadline"));
  return out;
}

/// The outcome for one service of an answer.
struct Told {
  std::string line;
  ExitCode code = kDone;
  int number = 0;  // TG_E_* unless `code` is kDone
};

class Teller {
 public:
  Teller(const Arguments &arguments, const Json &request, const Json &answer, const std::string &until, bool waited)
      : arguments_(arguments), request_(request), result_(text(answer, "result")), until_(until), waited_(waited) {}

  Told tell(const Json &service) const {
    const Json &outcome = service.at("outcome");
    const std::string end = text(outcome, "end"), name = text(service, "name");
    if (end == "passed-over") return passed_over(service, outcome);
    if (!waited_)
      return {line_about(service) + held(service) + joined(service, outcome) + hold_that_stays(request_, service)};
    if (end == "reached") {
      std::string more = until_ == "running" ? ramp(service) : held(service);
      return {text(outcome, "text") + more + joined(service, outcome) + hold_that_stays(request_, service)};
    }
    if (end == "not-yet")
      return {text(outcome, "text") + ". It goes on; to wait again: " + wait_command(arguments_, {name}, until_), kTimeout,
              TG_E_TIMEOUT};
    const auto event = outcome.at("event").is_null() ? 0u : outcome.at("event").get<std::uint32_t>();
    if (event == TG_EVENT_STARTED_PAUSED || event == TG_EVENT_RECOVERED)
      return {text(outcome, "text") + ": " +
                  (holders(service, actor()).empty() ? "it is made to start so" : holders(service, actor())) + ". " +
                  resume_advice(name),
              kHeld, TG_E_HELD};
    return {text(outcome, "text") + advice(event, service), kEnded, TG_E_ENDED};
  }

 private:
  std::string actor() const { return request_.value("actor", ""); }
  std::string held(const Json &service) const {
    const std::string all = holders(service, actor());
    return all.empty() || text(service, "status") == "Running" ? "" : "; " + all;
  }
  std::string resume_advice(const std::string &name) const {
    return command_line(arguments_, {"resume", name}) + " lifts your hold, with --all-holds everybody's";
  }
  Told passed_over(const Json &service, const Json &outcome) const {
    const std::string all = holders(service, actor());
    std::string line = text(outcome, "text") + (all.empty() ? "" : "; " + all);
    if (result_ != "ok-held" || all.empty()) return {line};
    return {line + "; " + command_line(arguments_, {"resume", text(service, "name"), "--all-holds"}) + " lifts them all",
            kHeld, TG_E_HELD};
  }
  static std::string ramp(const Json &service) {
    const std::uint64_t limit = number(service, "limit"), most = number(service, "max_sessions");
    if (most == 0 || limit >= most) return {};
    return fmt::format("; it is open for {} of {} and ramps up to all", limit, counted(service, most));
  }
  std::string advice(std::uint32_t event, const Json &service) const {
    const std::string name = text(service, "name");
    if (event == TG_EVENT_RESUMING)
      return "; it is " + text(service, "status") + ". To drain it again: " + command_line(arguments_, {"drain", name});
    if (event == TG_EVENT_START_FAILED) return "; see the server's log, then " + command_line(arguments_, {"start", name});
    if (event == TG_EVENT_NOT_CLOSED)
      return "; " + command_line(arguments_, {"blockers", name}) + " shows them, " +
             command_line(arguments_, {"stop", name}) + " cuts them";
    return {};
  }

  const Arguments &arguments_;
  const Json &request_;
  const std::string result_, until_;
  const bool waited_;
};

/// Names the actors whose holds keep the services from being resumed.
std::string who_holds(Conversation &host, const Json &request, const Json &answer) {
  if (answer.at("error").at("number") != TG_E_HELD) return {};
  std::string out;
  const Json services = host.need({{"verb", "services"}});
  for (const Json &service : services.at("services"))
    if (request.value("all", false) || service.at("name") == request.value("service", Json()))
      if (const std::string all = holders(service, request.value("actor", "")); !all.empty())
        out += "; " + text(service, "name") + " is " + all;
  return out + "; --all-holds lifts them all";
}

std::vector<std::string> names_for_waiting(const Arguments &arguments, Conversation &host) {
  if (!arguments.all) return arguments.services;
  std::vector<std::string> out;
  const Json answer = host.need({{"verb", "services"}});
  for (const Json &service : answer.at("services"))
    if (std::ranges::find(arguments.except, service.value("name", "")) == arguments.except.end())
      out.push_back(service.value("name", ""));
  return out;
}

/// Asks for a change and, without --no-wait, for its outcome in the same request: a server that ends as soon as its services have stopped
/// answers it before.
ExitCode carry_out(const Arguments &arguments, Json request, const std::string &until) {
  const Clock::time_point began = Clock::now();
  Conversation host(arguments);
  const bool waits = !arguments.no_wait && !until.empty();
  if (waits) request["until"] = until;
  Json answer =
      waits ? ask_and_wait(host, arguments, request, names_for_waiting(arguments, host), until, began) : host.need(request);
  if (!answer.value("ok", false)) Conversation::refuse(answer, who_holds(host, request, answer));
  if (text(answer, "result") == "ok-not-durable")
    fmt::print(stderr, "tidegate: done, but the journal could not be written: it may not outlive a crash of the host\n");
  const Teller teller(arguments, request, answer, until, waits);
  Told worst;
  for (const Json &service : answer.at("services")) {
    const Told told = teller.tell(service);
    // The first service that is not as requested gives the exit code.
    if (worst.code == kDone) worst = told;
    if (arguments.json) continue;
    // No time is added to a line that ends with a command to be pasted.
    const bool timed = waits && text(service.at("outcome"), "end") == "reached";
    const std::string line = told.line + (timed ? " (" + show_duration(since(began)) + ")" : "");
    if (told.code == kDone || told.code == kHeld)
      print(line);
    else
      fmt::print(stderr, "tidegate: {}\n", line);
  }
  if (arguments.json) {
    if (worst.code != kDone) {
      answer["ok"] = worst.code == kHeld && text(answer, "result") == "ok-held";
      answer["error"] = {{"code", worst.code == kTimeout ? "timeout"
                                  : worst.code == kHeld  ? "held"
                                                         : "ended"},
                         {"number", worst.number},
                         {"text", worst.line}};
    }
    print_json(answer);
  }
  return worst.code;
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

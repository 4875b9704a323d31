#include "control/requests.hpp"

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#include "control/answer.hpp"
#include "control/fields.hpp"
#include "control/plugin_requests.hpp"
#include "control/show.hpp"
#include "tidegate/label.h"

namespace tidegate::control {
namespace {

constexpr std::uint32_t kMostEvents = 1000;  // in one answer
constexpr std::uint32_t kSessions = 1000;    // if nothing else is asked for
constexpr std::uint32_t kBlockers = 100;
constexpr std::uint32_t kMostSessions = 10000;

Json events_answer(const HostView &host, std::uint64_t after, std::uint32_t limit) {
  Json answer = ok();
  answer["events"] = Json::array();
  host.events(
      after, [&](const tg_event &event) { answer["events"].push_back(Json::parse(format(event, TG_FORMAT_JSON))); }, limit);
  answer["last"] = host.last_event();
  return answer;
}

std::vector<Service> chosen(const HostView &host, const Selection &which) {
  const auto has = [](const std::vector<std::string> &names, std::string_view name) {
    return std::ranges::find(names, name) != names.end();
  };
  std::vector<Service> out = host.services();
  std::erase_if(out, [&](const Service &service) {
    return has(which.except, service.name()) || (!which.names.empty() && !has(which.names, service.name()));
  });
  return out;
}

// ---- the verbs ----

Answer services(const HostView &host, const Json &, Held &) {
  Json answer = ok();
  answer["host"] = host.name();
  answer["version"] = view(tg_version());
  answer["services"] = Json::array();
  for (const Service &service : host.services()) answer["services"].push_back(to_json(service));
  return answer;
}

/// Carries out a change. The answer has the services as they are afterwards, the number of the last event before, and a
/// word for a result that is not plainly ok.
template <class F>
Answer change(const HostView &host, const Json &request, const Held &held, F &&act) {
  const Asked asked(request, held.peer);
  const Selection which = selection(request);
  Json answer = ok();
  answer["last"] = host.last_event();
  const tg_result result = act(which, asked);
  if (result != TG_OK) answer["result"] = view(tg_result_label(result));
  answer["services"] = Json::array();
  for (const Service &service : chosen(host, which)) answer["services"].push_back(to_json(service));
  if (which.names.size() == 1) answer["service"] = answer["services"][0];
  return answer;
}

Answer start(const HostView &host, const Json &request, Held &held) {
  return change(host, request, held,
                [&](const Selection &which, const Asked &asked) { return host.start(which, asked.action()); });
}

Answer resume(const HostView &host, const Json &request, Held &held) {
  return change(host, request, held, [&](const Selection &which, const Asked &asked) {
    const ResumeOptions options{asked.action(), flag(request, "all_holds")};
    // One that is named and stopped is an error; among several it is passed over.
    return which.names.size() == 1 ? host.service(which.names[0]).resume(options) : host.resume(which, options);
  });
}

tg_result drain(const HostView &host, const Selection &which, std::uint32_t intent, const DrainOptions &options) {
  if (which.names.size() != 1) return host.drain(which, intent, options);
  const Service service = host.service(which.names[0]);
  if (intent == TG_INTENT_STOP) return service.stop_gracefully(options);
  return intent == TG_INTENT_RESTART ? service.restart(options) : service.drain(options);
}

Answer drain(const HostView &host, const Json &request, Held &held) {
  return change(host, request, held, [&](const Selection &which, const Asked &asked) {
    return drain(host, which, TG_INTENT_STAY, asked.drain_options(request));
  });
}

Answer restart(const HostView &host, const Json &request, Held &held) {
  return change(host, request, held, [&](const Selection &which, const Asked &asked) {
    return drain(host, which, TG_INTENT_RESTART, asked.drain_options(request));
  });
}

// What a drain takes, and what each change of services takes.
#define TG_DRAIN_KEYS                                                                                                   \
  "deadline_ns kill_grace_ns at_deadline replace announce announce_min_ns announce_max_ns quiet_ns affinity emergency " \
  "hold hold_until_unix_ns notice_window_ns redirect"
#define TG_CHANGE_KEYS "service services all except actor reason"

/// A key out of a list of them with blanks between.
bool is_one_of(std::string_view keys, const std::string &key) {
  return key.find(' ') == std::string::npos && (" " + std::string(keys) + " ").find(" " + key + " ") != std::string::npos;
}

/// Who says how to drain does not want the sessions cut: a stop that would do so at once is not what was meant.
void check_not_a_drain(const Json &request) {
  for (const auto &[key, value] : request.items())
    if (is_one_of(TG_DRAIN_KEYS, key) && says_something(value))
      bad("\"" + key + "\" goes with \"graceful\": true; without it a stop does not wait, it cuts the sessions left");
}

Answer stop(const HostView &host, const Json &request, Held &held) {
  return change(host, request, held, [&](const Selection &which, const Asked &asked) {
    if (flag(request, "graceful")) return drain(host, which, TG_INTENT_STOP, asked.drain_options(request));
    check_not_a_drain(request);
    if (which.names.size() != 1) bad("a stop that is not graceful takes one service");
    return host.service(which.names[0]).stop(asked.action());
  });
}

template <class List>
Answer session_list(const HostView &host, const Json &request, List &&list) {
  const Service service = host.service(needed_text(request, "service"));
  Json answer = ok();
  answer["service"] = to_json(service);
  answer["sessions"] = Json::array();
  for (const tg_session_info &session : list(service)) answer["sessions"].push_back(to_json(service, session));
  return answer;
}

Answer sessions(const HostView &host, const Json &request, Held &) {
  return session_list(host, request,
                      [&](const Service &service) { return service.sessions(limit(request, kSessions, kMostSessions)); });
}

Answer blockers(const HostView &host, const Json &request, Held &) {
  return session_list(host, request,
                      [&](const Service &service) { return service.blockers(limit(request, kBlockers, kMostSessions)); });
}

Answer events(const HostView &host, const Json &request, Held &held) {
  const std::uint64_t after = number(request, "after", 0);
  const std::uint32_t most = limit(request, kMostEvents, kMostEvents);
  if (!flag(request, "wait") || host.last_event() > after) return events_answer(host, after, most);
  held.for_events = true;
  held.after = after;
  held.limit = most;
  return std::nullopt;
}

/// What the events since held.after say about the moment that is waited for. Throws when it can no longer come.
Answer settle(const HostView &host, Held &held) {
  tg_result settled = 0;
  std::string said;
  host.events(held.after, [&](const tg_event &event) {
    held.after = event.sequence;
    if (settled != 0 || view(event.service) != held.service) return;
    settled = tg_event_settles(&event, held.until);
    said = view(event.text);
  });
  if (settled < 0) throw Error(settled, held.service + ": " + said + "; what was waited for did not come");
  if (settled == 0) return std::nullopt;
  Json answer = ok();
  answer["service"] = to_json(host.service(held.service));
  return answer;
}

Answer wait(const HostView &host, const Json &request, Held &held) {
  const Service service = host.service(needed_text(request, "service"));
  held.service = service.name();
  held.until = until(needed_text(request, "until"));
  // With "after", events that came since then count too: nothing is missed between a change and the wait for its end.
  held.after = number(request, "after", host.last_event());
  if (Answer settled = settle(host, held)) return settled;
  if (!service.wait(held.until, Duration(0))) return std::nullopt;
  Json answer = ok();
  answer["service"] = to_json(service);
  return answer;
}

struct Verb {
  std::string_view name;
  std::string_view keys;  // that it knows, besides "verb"
  Answer (*carry_out)(const HostView &host, const Json &request, Held &held);
};
constexpr Verb kVerbs[] = {
    {"services", "", services},
    {"start", TG_CHANGE_KEYS, start},
    {"stop", "graceful " TG_CHANGE_KEYS " " TG_DRAIN_KEYS, stop},
    {"drain", TG_CHANGE_KEYS " " TG_DRAIN_KEYS, drain},
    {"restart", TG_CHANGE_KEYS " " TG_DRAIN_KEYS, restart},
    {"resume", TG_CHANGE_KEYS " all_holds", resume},
    {"sessions", "service limit", sessions},
    {"blockers", "service limit", blockers},
    {"events", "after limit wait timeout_ns", events},
    {"wait", "service until after timeout_ns", wait},
    {"plugins", "", plugins},
    {"plugin-reload", "id config timeout_ns", reload_plugin},
    {"plugin-reconfigure", "id config timeout_ns", reconfigure_plugin},
    {"metrics", "", metrics},
};
#undef TG_CHANGE_KEYS
#undef TG_DRAIN_KEYS

/// A key that is not known may mean anything, such as "only show what you would do": it is refused, not passed over.
void check_keys(const Verb &verb, const Json &request) {
  for (const auto &[key, value] : request.items())
    if (key != "verb" && !is_one_of(verb.keys, key))
      throw Error(TG_E_TOO_NEW, "\"" + key.substr(0, 64) + "\" is nothing that \"" + std::string(verb.name) +
                                    "\" knows in this version; it takes: " + std::string(verb.keys));
}

const Verb &verb_of(const Json &request) {
  const std::string name = needed_text(request, "verb");
  std::string all;
  for (const Verb &verb : kVerbs) {
    if (verb.name == name) {
      check_keys(verb, request);
      return verb;
    }
    all += (all.empty() ? "" : ", ") + std::string(verb.name);
  }
  bad("\"verb\" must be one of " + all);
}

}  // namespace

std::uint64_t monotonic_now() {
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch()).count());
}

std::optional<std::string> Requests::handle(const std::string &line, Held &held, const Peer &peer) const {
  const HostView host(host_);
  auto answer = answered([&]() -> Answer {
    const Json request = Json::parse(line);
    if (!request.is_object()) bad("a request is one JSON object a line");
    held = Held{};
    held.peer = peer;
    const std::uint64_t timeout = number(request, "timeout_ns", TG_FOREVER);
    const std::uint64_t now = monotonic_now();
    held.deadline = timeout > TG_FOREVER - now ? TG_FOREVER : now + timeout;
    Answer said = verb_of(request).carry_out(host, request, held);
    if (held.work)
      held.job =
          jobs_.begin([work = std::exchange(held.work, nullptr)] { return *answered([&] { return Answer(work()); }); });
    return said;
  });
  return answer ? answer : recheck(held, monotonic_now());
}

std::optional<std::string> Requests::recheck(Held &held, std::uint64_t now) const {
  if (held.job != nullptr) {
    if (const std::string *answer = held.job->answer()) return *answer;
    if (now < held.deadline) return std::nullopt;
    return failure(TG_E_TIMEOUT, "the time given was over first; what was asked for goes on");
  }
  const HostView host(host_);
  return answered([&]() -> Answer {
    if (held.for_events) {
      if (host.last_event() > held.after || now >= held.deadline) return events_answer(host, held.after, held.limit);
      return std::nullopt;
    }
    if (Answer settled = settle(host, held)) return settled;
    if (now >= held.deadline) throw Error(TG_E_TIMEOUT, held.service + ": the time given was over first");
    return std::nullopt;
  });
}

}  // namespace tidegate::control

#include "control/requests.hpp"

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#include "control/answer.hpp"
#include "control/changes.hpp"
#include "control/fields.hpp"
#include "control/plugin_requests.hpp"
#include "control/show.hpp"
#include "tidegate/label.h"

namespace tidegate::control {
namespace {

constexpr std::uint32_t kMostEvents = 1000;  // in one answer
constexpr std::uint32_t kSessions = 1000;    // without a "limit"
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

// ---- the verbs ----

Answer services(const HostView &host, const Json &, Held &) {
  Json answer = ok();
  answer["host"] = host.name();
  answer["version"] = view(tg_version());
  answer["services"] = Json::array();
  for (const Service &service : host.services()) answer["services"].push_back(to_json(service));
  return answer;
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

Answer wait(const HostView &host, const Json &request, Held &held) {
  const Service service = host.service(needed_text(request, "service"));
  // With "after", events that came since then count too: nothing is missed between a change and the wait for its end.
  held.after = number(request, "after", host.last_event());
  held.waits.emplace_back(host, service, until(needed_text(request, "until")), held.after);
  return std::nullopt;
}

/// Returns the answer to a held wait for one service, or nothing while neither the moment nor the end of the wait has come.
/// `over`: the time limit has come; `ending`: the control server ends.
Answer waited_for_one(const HostView &host, Held &held, bool over, bool ending) {
  Outcome &outcome = held.waits.front();
  outcome.look();
  host.events(held.after, [&](const tg_event &event) {
    held.after = event.sequence;
    outcome.take(event);
  });
  outcome.take_look();
  if (!outcome.settled() && !over && !ending) return std::nullopt;
  Json answer = ok();
  answer["service"] = to_json(host.service(outcome.name()));
  answer["outcome"] = outcome.to_json();
  if (outcome.result() == 1) return answer;
  const tg_result code = outcome.settled() ? outcome.result() : over ? TG_E_TIMEOUT : TG_E_CLOSING;
  answer["ok"] = false;
  answer["error"] = {{"code", view(tg_result_label(code))}, {"number", code}, {"text", outcome.sentence()}};
  return answer;
}

struct Verb {
  std::string_view name;
  std::string_view keys;  // the keys that the verb takes, besides "verb"
  Answer (*carry_out)(const HostView &host, const Json &request, Held &held);
};
constexpr Verb kVerbs[] = {
    {"services", "", services},
    {"start", TG_CHANGE_KEYS, start},
    {"stop", "graceful " TG_CHANGE_KEYS " " TG_DRAIN_KEYS, stop},
    {"drain", TG_CHANGE_KEYS " " TG_DRAIN_KEYS, drain},
    {"restart", TG_CHANGE_KEYS " " TG_DRAIN_KEYS, restart},
    {"resume", "all_holds no_ramp " TG_CHANGE_KEYS, resume},
    {"sessions", "service limit", sessions},
    {"blockers", "service limit", blockers},
    {"events", "after limit wait timeout_ns", events},
    {"wait", "service until after timeout_ns", wait},
    {"plugins", "", plugins},
    {"plugin-reload", "id config actor reason timeout_ns", reload_plugin},
    {"plugin-reconfigure", "id config actor reason timeout_ns", reconfigure_plugin},
    {"metrics", "", metrics},
};
/// Throws Error for a key that the verb does not know: it may change the meaning of the whole request, such as a dry run.
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
      held.job = jobs_.begin(held.of_a_plugin ? Jobs::Kind::plugin : Jobs::Kind::change,
                             [work = std::exchange(held.work, nullptr)] { return *answered([&] { return Answer(work()); }); });
    return said;
  });
  return answer ? answer : recheck(held, monotonic_now());
}

std::optional<std::string> Requests::recheck(Held &held, std::uint64_t now, bool ending) const {
  if (held.job != nullptr) {
    const std::string *const done = held.job->answer();
    if (done == nullptr && now < held.deadline) return std::nullopt;
    if (done == nullptr) return failure(TG_E_TIMEOUT, "the time limit came before the answer; the request goes on");
    if (held.then == nullptr) return *done;
    held.job = nullptr;
    const auto then = std::exchange(held.then, nullptr);
    if (std::optional<std::string> answer = then(held)) return answer;
  }
  const HostView host(host_);
  const bool over = now >= held.deadline;
  return answered([&]() -> Answer {
    if (held.for_events) {
      if (host.last_event() > held.after || over) return events_answer(host, held.after, held.limit);
      return std::nullopt;
    }
    return held.answer != nullptr ? waited(host, held, over || ending) : waited_for_one(host, held, over, ending);
  });
}

}  // namespace tidegate::control

#include "control/requests.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <string_view>

#include "tidegate/label.h"

namespace tidegate::control {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::uint32_t kMostEvents = 1000;  // in one answer
constexpr std::uint32_t kSessions = 1000;    // if nothing else is asked for
constexpr std::uint32_t kMostSessions = 10000;

[[noreturn]] void bad(const std::string &sentence) { throw Error(TG_E_INVALID, sentence); }

std::string dump(const Json &json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

// ---- reading a request ----

std::string text(const Json &request, const char *key) {
  const auto found = request.find(key);
  if (found == request.end() || found->is_null()) return {};
  if (!found->is_string()) bad(std::string("\"") + key + "\" must be a string");
  return found->get<std::string>();
}

std::string needed_text(const Json &request, const char *key) {
  std::string value = text(request, key);
  if (value.empty()) bad(std::string("\"") + key + "\" is missing");
  return value;
}

std::uint64_t number(const Json &request, const char *key, std::uint64_t otherwise) {
  const auto found = request.find(key);
  if (found == request.end() || found->is_null()) return otherwise;
  if (!found->is_number_unsigned()) bad(std::string("\"") + key + "\" must be a whole number, not negative");
  return found->get<std::uint64_t>();
}

std::uint32_t until(const std::string &label) {
  for (std::uint32_t number = TG_UNTIL_DRAINED; number <= TG_UNTIL_RUNNING; ++number)
    if (view(tg_until_label(number)) == label) return number;
  bad("\"until\" must be one of drained, stopped, running");
}

bool flag(const Json &request, const char *key) {
  const auto found = request.find(key);
  if (found == request.end() || found->is_null()) return false;
  if (!found->is_boolean()) bad(std::string("\"") + key + "\" must be true or false");
  return found->get<bool>();
}

std::uint32_t limit(const Json &request, std::uint32_t otherwise, std::uint32_t most) {
  return static_cast<std::uint32_t>(std::clamp<std::uint64_t>(number(request, "limit", otherwise), 1, most));
}

/// Who asks and why; the texts live as long as this.
struct By {
  explicit By(const Json &request) : actor(text(request, "actor")), reason(text(request, "reason")) {}
  Action action() const { return {actor, reason}; }
  std::string actor, reason;
};

Duration duration(const Json &request, const char *key) {
  const std::uint64_t ns = number(request, key, 0);
  if (ns > static_cast<std::uint64_t>(Duration::max().count())) bad(std::string("\"") + key + "\" is too large");
  return Duration(static_cast<Duration::rep>(ns));
}

DrainOptions drain_options(const Json &request, const By &by) {
  DrainOptions options;
  options.deadline = duration(request, "deadline_ns");
  options.kill_grace = duration(request, "kill_grace_ns");
  options.action = by.action();
  return options;
}

// ---- writing an answer ----

Json to_json(const tg_service_info &info) {
  return {
      {"name", view(info.name)},
      {"status", view(tg_status_label(info.status))},
      {"phase", view(tg_phase_label(info.phase))},
      {"intent", info.phase != TG_PHASE_NONE ? view(tg_intent_label(info.intent)) : std::string_view()},
      {"epoch", info.epoch},
      {"activity", view(info.activity)},
      {"sessions", info.sessions},
      {"children", info.children},
      {"entries", info.entries},
      {"at_drain", info.at_drain},
      {"admitted", info.admitted},
      {"refused", info.refused},
      {"max_sessions", info.max_sessions},
      {"deadline_left_ns", info.deadline_left_ns == TG_FOREVER ? Json() : Json(info.deadline_left_ns)},
      {"status_since_ns", info.status_since_ns},
  };
}

std::string address(const tg_address &peer) {
  if (std::ranges::all_of(peer.ip, [](std::uint8_t byte) { return byte == 0; })) return {};
  constexpr std::uint8_t kMapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  const bool v4 = std::equal(std::begin(kMapped), std::end(kMapped), peer.ip);
  char buffer[INET6_ADDRSTRLEN] = {};
  inet_ntop(v4 ? AF_INET : AF_INET6, v4 ? peer.ip + 12 : peer.ip, buffer, sizeof buffer);
  if (peer.port == 0) return buffer;
  return (v4 ? std::string(buffer) : "[" + std::string(buffer) + "]") + ":" + std::to_string(peer.port);
}

Json to_json(const Service &service, const tg_session_info &session) {
  char ticket[17];
  std::snprintf(ticket, sizeof ticket, "%016llx", static_cast<unsigned long long>(session.ticket));
  return {
      {"ticket", ticket},
      {"kind", view(tg_kind_label(session.kind))},
      {"tag", session.tag},
      {"age_ns", session.age_ns},
      {"peer", address(session.peer)},
      {"text", service.describe(session)},
  };
}

Json ok() { return {{"ok", true}}; }

Json events_answer(const HostView &host, std::uint64_t after, std::uint32_t limit) {
  Json answer = ok();
  answer["events"] = Json::array();
  host.events(
      after, [&](const tg_event &event) { answer["events"].push_back(Json::parse(format(event, TG_FORMAT_JSON))); }, limit);
  answer["last"] = host.last_event();
  return answer;
}

// ---- the verbs ----

using Answer = std::optional<Json>;

Answer services(const HostView &host, const Json &, Held &) {
  Json answer = ok();
  answer["host"] = host.name();
  answer["version"] = view(tg_version());
  answer["services"] = Json::array();
  for (const Service &service : host.services()) answer["services"].push_back(to_json(service.info()));
  return answer;
}

/// Carries out a change of one service. The answer has the service as it is afterwards, and the number of the last event
/// before.
template <class F>
Answer change(const HostView &host, const Json &request, F &&act) {
  const Service service = host.service(needed_text(request, "service"));
  const By by(request);
  Json answer = ok();
  answer["last"] = host.last_event();
  act(service, by);
  answer["service"] = to_json(service.info());
  return answer;
}

Answer start(const HostView &host, const Json &request, Held &) {
  return change(host, request, [](const Service &service, const By &by) { service.start(by.action()); });
}

Answer resume(const HostView &host, const Json &request, Held &) {
  return change(host, request, [](const Service &service, const By &by) { service.resume(by.action()); });
}

Answer drain(const HostView &host, const Json &request, Held &) {
  return change(host, request, [&](const Service &service, const By &by) { service.drain(drain_options(request, by)); });
}

Answer stop(const HostView &host, const Json &request, Held &) {
  return change(host, request, [&](const Service &service, const By &by) {
    if (flag(request, "graceful"))
      service.stop_gracefully(drain_options(request, by));
    else
      service.stop(by.action());
  });
}

Answer sessions(const HostView &host, const Json &request, Held &) {
  const Service service = host.service(needed_text(request, "service"));
  Json answer = ok();
  answer["service"] = to_json(service.info());
  answer["sessions"] = Json::array();
  for (const tg_session_info &session : service.sessions(limit(request, kSessions, kMostSessions)))
    answer["sessions"].push_back(to_json(service, session));
  return answer;
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
  answer["service"] = to_json(host.service(held.service).info());
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
  answer["service"] = to_json(service.info());
  return answer;
}

struct Verb {
  std::string_view name;
  std::string_view keys;  // that it knows, besides "verb"
  Answer (*carry_out)(const HostView &host, const Json &request, Held &held);
};
constexpr Verb kVerbs[] = {
    {"services", "", services},
    {"start", "service actor reason", start},
    {"stop", "service actor reason graceful deadline_ns kill_grace_ns", stop},
    {"drain", "service actor reason deadline_ns kill_grace_ns", drain},
    {"resume", "service actor reason", resume},
    {"sessions", "service limit", sessions},
    {"events", "after limit wait timeout_ns", events},
    {"wait", "service until after timeout_ns", wait},
};

/// A key that is not known may mean anything, such as "only show what you would do": it is refused, not passed over.
void check_keys(const Verb &verb, const Json &request) {
  const std::string known = " " + std::string(verb.keys) + " verb ";
  for (const auto &[key, value] : request.items())
    if (key.find(' ') != std::string::npos || known.find(" " + key + " ") == std::string::npos)
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

template <class F>
std::optional<std::string> answered(F &&body) {
  try {
    const Answer answer = body();
    return answer ? std::optional(dump(*answer)) : std::nullopt;
  } catch (const Error &error) {
    return Requests::failure(error.code(), error.what());
  } catch (const nlohmann::json::exception &error) {
    return Requests::failure(TG_E_INVALID, std::string("not a request: ") + error.what());
  } catch (const std::exception &error) {
    return Requests::failure(TG_E_SYSTEM, error.what());
  }
}

}  // namespace

std::uint64_t monotonic_now() {
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch()).count());
}

std::string Requests::failure(tg_result code, const std::string &text) {
  return dump({{"ok", false}, {"error", {{"code", view(tg_result_label(code))}, {"number", code}, {"text", text}}}});
}

std::optional<std::string> Requests::handle(const std::string &line, Held &held) const {
  const HostView host(host_);
  auto answer = answered([&]() -> Answer {
    const Json request = Json::parse(line);
    if (!request.is_object()) bad("a request is one JSON object a line");
    held = Held{};
    const std::uint64_t timeout = number(request, "timeout_ns", TG_FOREVER);
    const std::uint64_t now = monotonic_now();
    held.deadline = timeout > TG_FOREVER - now ? TG_FOREVER : now + timeout;
    return verb_of(request).carry_out(host, request, held);
  });
  return answer ? answer : recheck(held, monotonic_now());
}

std::optional<std::string> Requests::recheck(Held &held, std::uint64_t now) const {
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

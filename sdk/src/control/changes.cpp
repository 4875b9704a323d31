#include "control/changes.hpp"

#include <algorithm>
#include <exception>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>

#include "control/answer.hpp"
#include "control/fields.hpp"
#include "control/outcome.hpp"
#include "control/show.hpp"
#include "tidegate/label.h"

namespace tidegate::control {
namespace {

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

/// Returns: whether the service is Stopped, or Failed because it could not start. A service that is Failed with sessions left is not
/// down: a drain still concerns it.
bool is_down(const Service &service) {
  const tg_service_info info = service.info();
  return info.status == TG_STATUS_STOPPED || (info.status == TG_STATUS_FAILED && info.phase == TG_PHASE_NONE);
}

bool is_paused(const Service &service) {
  const std::uint32_t status = service.info().status;
  return status == TG_STATUS_PAUSED || status == TG_STATUS_PAUSE_PENDING;
}

/// Returns the names of the chosen services for which `is` is true.
template <class Is>
std::vector<std::string> names_of(const HostView &host, const Selection &which, Is &&is) {
  std::vector<std::string> out;
  for (const Service &service : chosen(host, which))
    if (is(service)) out.emplace_back(service.name());
  return out;
}

/// The state of the services before a change; the services that the change passed over follow from it.
struct Before {
  std::vector<std::string> down;    // stopped services that the change does not start
  std::vector<std::string> paused;  // paused services; only filled in for a start
  std::uint64_t last = 0;           // the number of the last event
};

/// Begins the wait for the outcome of each chosen service, and passes over each service for which there is nothing to wait.
void begin_waiting(const HostView &host, const Selection &which, std::uint32_t until, tg_result result,
                   const Before &before, Held &held) {
  const auto has = [](const std::vector<std::string> &names, const std::string &name) {
    return std::ranges::find(names, name) != names.end();
  };
  for (const Service &service : chosen(host, which)) {
    Outcome &outcome = held.waits.emplace_back(host, service, until, before.last);
    const bool held_by_others = result == TG_HELD && !service.holds().empty();
    const bool wanted_down = until == TG_UNTIL_STOPPED && service.info().status == TG_STATUS_STOPPED;
    if (held_by_others)
      outcome.pass_over("stays Paused: your hold is lifted, others hold it still");
    else if (has(before.paused, outcome.name()))
      outcome.pass_over("stays Paused, and is not started: resume it");
    else if (!wanted_down && has(before.down, outcome.name()) && is_down(service))
      outcome.pass_over(service.info().status == TG_STATUS_FAILED ? "has Failed before; nothing to wait for"
                        : result == TG_HELD || held.single
                            ? "is Stopped, and your hold is lifted: it runs when it is started"
                            : "is Stopped already; nothing to wait for");
  }
}

/// The result of a change, which a job writes and the server's thread reads after the job.
struct Done {
  tg_result result = TG_OK;
  std::exception_ptr error;
};

/// Answers a change that was carried out, or holds the request until the change has led to the wanted moment.
Answer answer_change(const HostView &host, const Json &request, const Before &before, const Done &done, Held &held) {
  if (done.error) std::rethrow_exception(done.error);
  const std::string label = text(request, "until");
  const std::uint32_t moment = label.empty() ? 0 : until(label);
  const std::string verb = text(request, "verb");
  Json answer = ok();
  answer["last"] = before.last;
  if (done.result != TG_OK) answer["result"] = view(tg_result_label(done.result));
  held.answer = std::make_shared<Json>(std::move(answer));
  held.after = before.last;
  held.single = held.which.names.size() == 1;
  const std::uint32_t usual = verb == "drain" ? TG_UNTIL_DRAINED : verb == "stop" ? TG_UNTIL_STOPPED : TG_UNTIL_RUNNING;
  begin_waiting(host, held.which, moment != 0 ? moment : usual, done.result, before, held);
  if (moment == 0) return waited(host, held, true);
  return std::nullopt;
}

/// Carries out a change in a job, as it may wait for the disk of the state directory: a disk that hangs delays this answer and no other.
/// The answer has the services as they are afterwards, the number of the last event before the change, and the result unless that is
/// TG_OK. With "until" the answer comes when each service has reached that moment or no longer can, and has the outcome of each service.
/// `act(which, asked)`: called on the job's thread; it must own all that it uses.
template <class F>
Answer change(const HostView &host, const Json &request, Held &held, F act) {
  const Asked asked(request, held.peer);
  held.which = selection(request);
  if (const std::string label = text(request, "until"); !label.empty()) static_cast<void>(until(label));
  const std::string verb = text(request, "verb");
  const bool starting = verb == "start";
  Before before;
  if (!starting && (verb != "restart" || held.which.names.empty())) before.down = names_of(host, held.which, is_down);
  if (starting) before.paused = names_of(host, held.which, is_paused);
  before.last = host.last_event();
  const auto done = std::make_shared<Done>();
  held.work = [done, which = held.which, asked, act] {
    try {
      done->result = act(which, asked);
    } catch (...) {
      done->error = std::current_exception();
    }
    return Json();
  };
  held.then = [host, request, before, done](Held &its) {
    return answered([&] { return answer_change(host, request, before, *done, its); });
  };
  return std::nullopt;
}

tg_result drain_all(const HostView &host, const Selection &which, std::uint32_t intent, const DrainOptions &options) {
  if (which.names.size() != 1) return host.drain(which, intent, options);
  const Service service = host.service(which.names[0]);
  if (intent == TG_INTENT_STOP) return service.stop_gracefully(options);
  return intent == TG_INTENT_RESTART ? service.restart(options) : service.drain(options);
}

/// Throws Error for drain options in a stop that is not graceful: it cuts the sessions at once, and would ignore those options.
void check_not_a_drain(const Json &request) {
  for (const auto &[key, value] : request.items())
    if (is_one_of(TG_DRAIN_KEYS, key) && says_something(value))
      bad("\"" + key + "\" goes with \"graceful\": true; without it a stop does not wait, it cuts the sessions left");
}

}  // namespace

bool is_one_of(std::string_view keys, const std::string &key) {
  return key.find(' ') == std::string::npos && (" " + std::string(keys) + " ").find(" " + key + " ") != std::string::npos;
}

Answer start(const HostView &host, const Json &request, Held &held) {
  return change(host, request, held, [host](const Selection &which, const Asked &asked) {
    if (!which.names.empty()) return host.start(which, asked.action());
    // A paused service would make the start of all fail: it is left alone, and the answer says so.
    for (const std::string &name : which.except) static_cast<void>(host.service(name));
    const std::vector<std::string> rest = names_of(host, which, [](const Service &service) { return !is_paused(service); });
    return rest.empty() ? TG_OK : host.start({rest, {}}, asked.action());
  });
}

Answer resume(const HostView &host, const Json &request, Held &held) {
  return change(host, request, held, [host, request](const Selection &which, const Asked &asked) {
    const ResumeOptions options{asked.action(), flag(request, "all_holds"), flag(request, "no_ramp")};
    // A single named service that is stopped is an error; among several it is left alone.
    return which.names.size() == 1 ? host.service(which.names[0]).resume(options) : host.resume(which, options);
  });
}

Answer drain(const HostView &host, const Json &request, Held &held) {
  return change(host, request, held, [host, request](const Selection &which, const Asked &asked) {
    return drain_all(host, which, TG_INTENT_STAY, asked.drain_options(request));
  });
}

Answer restart(const HostView &host, const Json &request, Held &held) {
  return change(host, request, held, [host, request](const Selection &which, const Asked &asked) {
    const DrainOptions options = asked.drain_options(request);
    // A named service that is stopped is started: it is to run afterwards, as the others will.
    const std::vector<std::string> down = which.names.empty() ? std::vector<std::string>() : names_of(host, which, is_down);
    std::vector<std::string> up = which.names;
    std::erase_if(up, [&](const std::string &name) { return std::ranges::find(down, name) != down.end(); });
    tg_result result = TG_OK;
    if (!up.empty() || down.empty()) result = drain_all(host, {up, which.except}, TG_INTENT_RESTART, options);
    if (!down.empty()) result = std::max(result, host.start({down, {}}, asked.action()));
    return result;
  });
}

Answer stop(const HostView &host, const Json &request, Held &held) {
  return change(host, request, held, [host, request](const Selection &which, const Asked &asked) {
    if (flag(request, "graceful")) return drain_all(host, which, TG_INTENT_STOP, asked.drain_options(request));
    check_not_a_drain(request);
    if (which.names.size() != 1)
      bad("without \"graceful\" name one service: its sessions are cut at once; with it they may end, for several services "
          "too");
    return host.service(which.names[0]).stop(asked.action());
  });
}

Answer waited(const HostView &host, Held &held, bool over) {
  for (Outcome &outcome : held.waits) outcome.look();
  host.events(held.after, [&](const tg_event &event) {
    held.after = event.sequence;
    for (Outcome &outcome : held.waits) outcome.take(event);
  });
  bool all = true;
  for (Outcome &outcome : held.waits) {
    outcome.take_look();
    all = all && (outcome.settled() || outcome.passed_over());
  }
  if (!all && !over) return std::nullopt;
  Json answer = *held.answer;
  answer["services"] = Json::array();
  for (const Service &service : chosen(host, held.which)) {
    Json shown = to_json(service);
    for (const Outcome &outcome : held.waits)
      if (outcome.name() == service.name()) shown["outcome"] = outcome.to_json();
    answer["services"].push_back(std::move(shown));
  }
  if (held.single && !answer["services"].empty()) answer["service"] = answer["services"][0];
  return answer;
}

}  // namespace tidegate::control

#include "tidegate/drain.h"

#include "api/drain_options.hpp"
#include "api/error.hpp"
#include "api/handles.hpp"
#include "api/structs.hpp"
#include "api/visit.hpp"
#include "core/border_text.hpp"

namespace tidegate::sdk::api {
namespace {

constexpr std::uint64_t kMostNames = 65535;  // a host has no more services

/// Reads the actor and reason of any request struct. An invalid actor is refused, not cut or cleaned, as two actors must not become one.
template <class Given>
Action action(const Given &given) {
  const std::string actor = text(given.actor, "the actor"), reason = text(given.reason, "the reason");
  const TextFault fault = check_text(actor, kNameBytes);
  if (fault == TextFault::too_long)
    throw Fault(TG_E_INVALID, "the actor is longer than " + std::to_string(kNameBytes) + " bytes; give a shorter name");
  if (fault != TextFault::none)
    throw Fault(TG_E_INVALID, "the actor " + std::string(why(fault)));
  if (reason.size() > kReasonBytes)
    throw Fault(TG_E_INVALID, "the reason is longer than " + std::to_string(kReasonBytes) + " bytes; say it in fewer");
  Action out;
  out.actor.assign(actor);
  clean_into(out.reason, reason);
  out.peer_uid = given.peer_pid != 0 ? given.peer_uid : 0;
  out.peer_pid = given.peer_pid;
  return out;
}

std::vector<std::string> names(const tg_str *list, std::uint64_t count, const char *call) {
  if (count > kMostNames || (list == nullptr && count != 0))
    throw Fault(TG_E_INVALID, std::string(call) + ": the list of names is NULL, or longer than any host's services");
  std::vector<std::string> out;
  for (std::uint64_t i = 0; i < count; ++i) out.push_back(text(list[i], "the service's name"));
  return out;
}

}  // namespace

DrainOptions drain_options(const tg_drain_options *in, const char *call) {
  const tg_drain_options given = options(in, call);
  DrainOptions out;
  out.intent = given.intent;
  out.at_deadline = given.at_deadline;
  out.deadline = given.deadline_ns;
  out.kill_grace = given.kill_grace_ns;
  out.flags = given.flags;
  out.hold = given.hold;
  out.hold_until_unix = given.hold_until_unix_ns;
  out.announce_min = given.announce_min_ns;
  out.announce_max = given.announce_max_ns;
  out.quiet = given.quiet_ns;
  out.notice_window = given.notice_window_ns;
  out.redirect = text(given.redirect, "the redirect target");
  return out;
}

Action action_of(const tg_drain_options *in, const char *call) {
  return action(options(in, call));
}

Action action_of(const tg_resume_options *in, const char *call) {
  return action(options(in, call));
}

Action action_of(const tg_action *in, const char *call) {
  return action(options(in, call));
}

Host::Selection selection(const tg_selection *in, const char *call) {
  const tg_selection given = options(in, call);
  return {names(given.names, given.count, call), names(given.except, given.except_count, call)};
}

}  // namespace tidegate::sdk::api

using namespace tidegate::sdk;
using namespace tidegate::sdk::api;

namespace {

Service::Resume resume_of(const tg_resume_options *in, const char *call) {
  const tg_resume_options given = options(in, call);
  if (given.all_holds > 1) throw Fault(TG_E_INVALID, std::string(call) + ": all_holds is neither 0 nor 1");
  if (given.no_ramp > 1) throw Fault(TG_E_INVALID, std::string(call) + ": no_ramp is neither 0 nor 1");
  return {given.all_holds != 0, given.no_ramp != 0};
}

}  // namespace

tg_result tg_service_drain(tg_service *service, const tg_drain_options *options) {
  constexpr const char *kCall = "tg_service_drain";
  return guarded([&] { return object(service, kCall).drain(drain_options(options, kCall), action_of(options, kCall)); });
}

tg_result tg_service_stop(tg_service *service, const tg_action *action) {
  constexpr const char *kCall = "tg_service_stop";
  return guarded([&] { return object(service, kCall).stop_now(action_of(action, kCall)); });
}

tg_result tg_service_resume(tg_service *service, const tg_resume_options *options) {
  constexpr const char *kCall = "tg_service_resume";
  return guarded([&] { return object(service, kCall).resume(resume_of(options, kCall), action_of(options, kCall)); });
}

tg_result tg_service_holds(tg_service *service, void (*fn)(void *user, const tg_hold_info *hold), void *user) {
  return guarded([&] {
    need(fn, "tg_service_holds: fn");
    const Holds holds = object(service, "tg_service_holds").holds();
    for (const Hold &hold : holds) {
      const tg_hold_info info = shown_hold(hold);
      visit(fn, user, &info);
    }
    return static_cast<tg_result>(holds.size());
  });
}

tg_result tg_host_drain(tg_host *host, const tg_selection *which, const tg_drain_options *options) {
  constexpr const char *kCall = "tg_host_drain";
  return guarded([&] {
    return object(host, kCall).drain(selection(which, kCall), drain_options(options, kCall), action_of(options, kCall));
  });
}

tg_result tg_host_resume(tg_host *host, const tg_selection *which, const tg_resume_options *options) {
  constexpr const char *kCall = "tg_host_resume";
  return guarded([&] {
    return object(host, kCall).resume(selection(which, kCall), resume_of(options, kCall), action_of(options, kCall));
  });
}

tg_result tg_host_start(tg_host *host, const tg_selection *which, const tg_action *action) {
  constexpr const char *kCall = "tg_host_start";
  return guarded([&] { return object(host, kCall).start(selection(which, kCall), action_of(action, kCall)); });
}

tg_result tg_host_terminate(tg_host *host, const tg_drain_options *options) {
  constexpr const char *kCall = "tg_host_terminate";
  return guarded([&] { return object(host, kCall).terminate(drain_options(options, kCall), action_of(options, kCall)); });
}

tg_result tg_host_wait(tg_host *host, uint64_t timeout_ns) {
  return guarded([&] {
    const tg_result waited = object(host, "tg_host_wait").wait(timeout_ns == TG_FOREVER ? kNever : timeout_ns);
    if (waited == TG_E_TIMEOUT) throw Fault(waited, "the host had not ended in the time given");
    if (waited == TG_E_CLOSING) throw Fault(waited, "the host is being destroyed");
    return waited;
  });
}

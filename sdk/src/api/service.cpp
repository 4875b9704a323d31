#include "tidegate/service.h"

#include "api/error.hpp"
#include "api/handles.hpp"
#include "api/structs.hpp"
#include "core/vocabulary.hpp"

using namespace tidegate::sdk;
using namespace tidegate::sdk::api;

namespace {

Action action_of(tg_str actor, tg_str reason) {
  Action action;
  action.actor.assign(text(actor, "the actor"));
  action.reason.assign(text(reason, "the reason"));
  return action;
}

Action action_of(const tg_action *in, const char *call) {
  const tg_action given = options(in, call);
  return action_of(given.actor, given.reason);
}

Service::Options service_options(const tg_service_options *in) {
  need(in, "tg_service_create: options");
  Service::Options out;
  out.callbacks = options(in, "tg_service_create");
  out.name = text(out.callbacks.name, "the service's name");
  out.activity = text(out.callbacks.activity, "the activity's name");
  if (out.activity.empty()) out.activity = "Sessions";
  out.max_sessions = out.callbacks.max_sessions;
  out.retry_after = out.callbacks.retry_after_ns == 0 ? 30 * kSecond : out.callbacks.retry_after_ns;
  return out;
}

}  // namespace

tg_result tg_service_create(tg_host *host, const tg_service_options *options, tg_service **service) {
  return guarded([&] {
    need(service, "tg_service_create: service");
    *service = to(&object(host, "tg_service_create").add_service(service_options(options)));
  });
}

tg_result tg_service_start(tg_service *service, const tg_action *action) {
  return guarded([&] { object(service, "tg_service_start").start(action_of(action, "tg_service_start")); });
}

tg_result tg_service_drain(tg_service *service, const tg_drain_options *given) {
  return guarded([&] {
    const tg_drain_options how = options(given, "tg_service_drain");
    check_zero(how.reserved0, "tg_service_drain");
    if (how.intent > TG_INTENT_STOP) throw Fault(TG_E_INVALID, "tg_service_drain: intent is not one of TG_INTENT_*");
    object(service, "tg_service_drain")
        .drain(how.intent, how.deadline_ns == 0 ? kNever : how.deadline_ns,
               how.kill_grace_ns == 0 ? 5 * kSecond : how.kill_grace_ns, action_of(how.actor, how.reason));
  });
}

tg_result tg_service_stop(tg_service *service, const tg_action *action) {
  return guarded([&] { object(service, "tg_service_stop").stop_now(action_of(action, "tg_service_stop")); });
}

tg_result tg_service_resume(tg_service *service, const tg_action *action) {
  return guarded([&] { object(service, "tg_service_resume").resume(action_of(action, "tg_service_resume")); });
}

tg_result tg_service_wait(tg_service *service, uint32_t until, uint64_t timeout_ns) {
  tg_result waited = TG_OK;
  const tg_result result = guarded([&] {
    Service &object = api::object(service, "tg_service_wait");
    if (until < TG_UNTIL_DRAINED || until > TG_UNTIL_RUNNING)
      throw Fault(TG_E_INVALID, "tg_service_wait: until is not one of TG_UNTIL_*");
    const WaitScope scope(object.shared(), timeout_ns != 0);
    waited = object.wait(scope, until, timeout_ns);
    if (waited == TG_E_TIMEOUT) throw Fault(waited, object.name() + ": the time given was over first");
    if (waited == TG_E_CLOSING) throw Fault(waited, object.name() + ": the host is being destroyed");
    if (waited == TG_E_ENDED) {
      const tg_service_info info = object.info();
      throw Fault(waited, object.name() + ": what was waited for did not come; the service is " +
                              std::string(status_word(info.status).label) + " with " + std::to_string(object.live()) +
                              " left");
    }
  });
  return result;
}

tg_result tg_service_info_get(tg_service *service, tg_service_info *info) {
  return guarded([&] {
    need(info, "tg_service_info_get: info");
    if (!write_struct(info, object(service, "tg_service_info_get").info()))
      throw Fault(TG_E_INVALID, "tg_service_info_get: info has no struct_size; make it with TG_INIT");
  });
}

tg_result tg_service_sessions(tg_service *service, uint32_t limit, void (*fn)(void *user, const tg_session_info *session),
                              void *user) {
  tg_result count = 0;
  const tg_result result = guarded([&] {
    need(fn, "tg_service_sessions: fn");
    object(service, "tg_service_sessions").for_each_session([&](const tg_session_info &session) {
      fn(user, &session);
      ++count;
      return limit == 0 || static_cast<std::uint32_t>(count) < limit;
    });
  });
  return result < 0 ? result : count;
}

uint64_t tg_service_describe(tg_service *service, tg_ticket ticket, uint64_t tag, char *buffer, uint64_t capacity) {
  if (service == nullptr || buffer == nullptr) return 0;
  const tg_service_options &call = from(service)->callbacks();
  if (call.describe == nullptr) return 0;
  return std::min(call.describe(call.user, ticket, tag, buffer, capacity), capacity);
}

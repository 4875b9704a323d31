#include "tidegate/service.h"

#include "api/drain_options.hpp"
#include "api/error.hpp"
#include "api/handles.hpp"
#include "api/structs.hpp"
#include "core/vocabulary.hpp"

using namespace tidegate::sdk;
using namespace tidegate::sdk::api;

namespace {

Service::Options service_options(const tg_service_options *in) {
  need(in, "tg_service_create: options");
  Service::Options out;
  out.callbacks = options(in, "tg_service_create");
  out.name = text(out.callbacks.name, "the service's name");
  out.activity = text(out.callbacks.activity, "the activity's name");
  if (out.activity.empty()) out.activity = "Sessions";
  const tg_service_options &given = out.callbacks;
  out.retry_after = given.retry_after_ns == 0 ? 30 * kSecond : given.retry_after_ns;
  out.retry_jitter_percent = given.retry_jitter_percent == 0 ? 20 : given.retry_jitter_percent;
  out.redirect = text(given.redirect, "the redirect target");
  out.config.max_sessions = given.max_sessions;
  out.config.ramp = given.ramp_ns == 0 ? 30 * kSecond : given.ramp_ns == TG_OFF ? 0 : given.ramp_ns;
  out.config.ramp_from_percent = given.ramp_from_percent == 0 ? 10 : given.ramp_from_percent;
  out.config.stalled_after = given.stalled_after_ns == 0 ? 60 * kSecond : given.stalled_after_ns;  // TG_OFF is kNever
  out.config.start_paused = given.start_paused != 0;
  out.fail_closed = given.fail_closed != 0;
  if (out.config.ramp_from_percent > 100)
    throw Fault(TG_E_INVALID, "tg_service_create: ramp_from_percent is more than 100");
  if (out.retry_jitter_percent > 100) throw Fault(TG_E_INVALID, "tg_service_create: retry_jitter_percent is more than 100");
  if (given.fail_closed > 1) throw Fault(TG_E_INVALID, "tg_service_create: fail_closed is neither 0 nor 1");
  if (given.start_paused > 1) throw Fault(TG_E_INVALID, "tg_service_create: start_paused is neither 0 nor 1");
  out.drain = drain_options(given.drain, "tg_service_create: drain");
  check(out.drain);
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
  return guarded([&] { return object(service, "tg_service_start").start(action_of(action, "tg_service_start")); });
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
    const tg_result written = write_struct(info, object(service, "tg_service_info_get").info());
    if (written != TG_OK) throw Fault(written, std::string(why_not("tg_service_info_get: info", written).view()));
  });
}

int32_t tg_service_ready(tg_service *service) { return service != nullptr && from(service)->ready() && !from(service)->forked() ? 1 : 0; }

tg_result tg_service_needs(tg_service *service, tg_service *needed) {
  return guarded([&] { object(service, "tg_service_needs").need(object(needed, "tg_service_needs: needed")); });
}

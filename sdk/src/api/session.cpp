#include "tidegate/session.h"

#include "api/error.hpp"
#include "api/handles.hpp"

using namespace tidegate::sdk;
using namespace tidegate::sdk::api;

// The reports of a server about its sessions. A server may call these functions for each request: they neither throw, lock nor allocate.

namespace {

/// Calls `call(service, ticket)`, which returns whether the ticket is valid. Returns: TG_OK, also for ticket 0, or the error.
template <class F>
tg_result say(tg_service *service, tg_ticket ticket, F &&call) {
  if (ticket == 0) return TG_OK;
  if (service == nullptr) return fail(TG_E_INVALID, "the service is NULL");
  if (from(service)->forked()) return fail(TG_E_FORKED, kForked);
  if (call(*from(service), ticket)) return TG_OK;
  return fail(TG_E_STALE, "the ticket was released before, or is not of this service");
}

}  // namespace

tg_result tg_session_active(tg_service *service, tg_ticket ticket) {
  return say(service, ticket, [](Service &its, tg_ticket of) { return its.active(of); });
}

tg_result tg_session_idle(tg_service *service, tg_ticket ticket) {
  return say(service, ticket, [](Service &its, tg_ticket of) { return its.idle(of); });
}

tg_result tg_session_acknowledge(tg_service *service, tg_ticket ticket) {
  return say(service, ticket, [](Service &its, tg_ticket of) { return its.acknowledge(of); });
}

#include "tidegate/admission.h"

#include "api/error.hpp"
#include "api/handles.hpp"
#include "api/structs.hpp"

using namespace tidegate::sdk;
using namespace tidegate::sdk::api;

// The path that costs: nothing here throws, locks or allocates.

tg_result tg_admit(tg_service *service, const tg_request *request, tg_verdict *verdict, tg_ticket *ticket) {
  if (service == nullptr || ticket == nullptr) return fail(TG_E_INVALID, "tg_admit: service or ticket is NULL");
  *ticket = 0;
  tg_request asked = TG_INIT(tg_request);
  if (request != nullptr) {
    const tg_result result = read_struct(request, asked);
    if (result == TG_E_TOO_NEW || (result == TG_OK && asked.peer.reserved0 != 0))
      return fail(TG_E_TOO_NEW, "tg_admit: a part of the request that only a later version knows is not zero");
    if (result != TG_OK) return fail(result, "tg_admit: the request has no struct_size; make it with TG_INIT");
    if (asked.kind > TG_KIND_ORIGINATE) return fail(TG_E_INVALID, "tg_admit: the kind is not one of TG_KIND_*");
    if (asked.session_class > TG_CLASS_EMERGENCY) return fail(TG_E_INVALID, "tg_admit: the class is not one of TG_CLASS_*");
    if (asked.kind == TG_KIND_CHILD && asked.key != 0)
      return fail(TG_E_INVALID, "tg_admit: a CHILD has no key; it belongs to its parent");
  }
  if (verdict != nullptr && (verdict->struct_size < kStructHead || verdict->struct_size > kLargestStruct))
    return fail(TG_E_INVALID, "tg_admit: the verdict has no struct_size; make it with TG_INIT");
  tg_verdict answer = TG_INIT(tg_verdict);
  *ticket = from(service)->admit(asked, answer);
  if (verdict != nullptr) write_struct(verdict, answer);
  return TG_OK;
}

tg_result tg_release(tg_service *service, tg_ticket ticket) {
  if (ticket == 0) return TG_OK;
  if (service == nullptr) return fail(TG_E_INVALID, "tg_release: service is NULL");
  if (from(service)->release(ticket)) return TG_OK;
  return fail(TG_E_STALE, "tg_release: the ticket was released before, or is not of this service");
}

int32_t tg_enter(tg_service *service) { return service != nullptr && from(service)->enter() ? 1 : 0; }

int32_t tg_enter_child(tg_service *service, tg_ticket parent) {
  return service != nullptr && from(service)->enter_child(parent) ? 1 : 0;
}

tg_result tg_leave(tg_service *service) {
  if (service == nullptr) return fail(TG_E_INVALID, "tg_leave: service is NULL");
  if (from(service)->leave()) return TG_OK;
  return fail(TG_E_STALE, "tg_leave: nothing had entered");
}

#include "tidegate/session.h"

#include "api/error.hpp"
#include "api/handles.hpp"

using namespace tidegate::sdk;
using namespace tidegate::sdk::api;

// What a host says of its sessions, for each request if it likes: nothing here throws, locks or allocates.

tg_result tg_session_active(tg_service *service, tg_ticket ticket) {
  if (ticket == 0) return TG_OK;
  if (service == nullptr) return fail(TG_E_INVALID, "tg_session_active: service is NULL");
  if (from(service)->active(ticket)) return TG_OK;
  return fail(TG_E_STALE, "tg_session_active: the ticket was released before, or is not of this service");
}

tg_result tg_session_idle(tg_service *service, tg_ticket ticket) {
  if (ticket == 0) return TG_OK;
  if (service == nullptr) return fail(TG_E_INVALID, "tg_session_idle: service is NULL");
  if (from(service)->idle(ticket)) return TG_OK;
  return fail(TG_E_STALE, "tg_session_idle: the ticket was released before, or is not of this service");
}

tg_result tg_session_acknowledge(tg_service *service, tg_ticket ticket) {
  if (ticket == 0) return TG_OK;
  if (service == nullptr) return fail(TG_E_INVALID, "tg_session_acknowledge: service is NULL");
  if (from(service)->acknowledge(ticket)) return TG_OK;
  return fail(TG_E_STALE, "tg_session_acknowledge: the ticket was released before, or is not of this service");
}

#include "tidegate/admission.h"

#include "api/error.hpp"
#include "api/handles.hpp"
#include "api/structs.hpp"
#include "core/policy_scope.hpp"

using namespace tidegate::sdk;
using namespace tidegate::sdk::api;

// The hot path: these functions neither throw, lock nor allocate, and the usual case comes first.

namespace {

/// Finds out why admit() gave no ticket. Returns: TG_OK for a verdict, which refuses; an error when nothing was decided.
[[gnu::noinline]] tg_result not_asked(tg_service *service) {
  if (from(service)->forked()) return fail(TG_E_FORKED, kForked);
  if (PolicyScope::inside())
    return fail(TG_E_REENTRANT, "tg_admit: called from inside a policy, which cannot ask for what it is asked about");
  return TG_OK;
}

tg_result forked() { return fail(TG_E_FORKED, kForked); }

/// Reads a request of another version, or refuses an invalid one. Returns: TG_OK with a copy in `asked`.
tg_result read_request(const tg_request *request, tg_request &asked) {
  const tg_result result = read_struct(request, asked);
  if (result == TG_OK && asked.peer.reserved0 != 0)
    return fail(TG_E_TOO_NEW, "tg_admit: a part of the request that only a later version knows is not zero");
  if (result != TG_OK) return fail(result, why_not("tg_admit: the request", result).view());
  if (asked.kind > TG_KIND_ORIGINATE) return fail(TG_E_INVALID, "tg_admit: the kind is not one of TG_KIND_*");
  if (asked.session_class > TG_CLASS_EMERGENCY) return fail(TG_E_INVALID, "tg_admit: the class is not one of TG_CLASS_*");
  if (asked.kind == TG_KIND_CHILD && asked.key != 0)
    return fail(TG_E_INVALID, "tg_admit: a CHILD has no key; it belongs to its parent");
  return TG_OK;
}

/// Returns: whether a struct is of exactly this version; compares its size and its `abi` in one step. admit_otherwise() reads all others.
template <class T>
bool is_of_this_version(const T &it) {
  constexpr std::uint32_t kHead[2] = {sizeof(T), TG_EMBED_ABI};
  return std::memcmp(&it, kHead, sizeof kHead) == 0;
}

bool is_usual(const tg_request &request) {
  return is_of_this_version(request) && request.kind <= TG_KIND_ORIGINATE &&
         request.kind != TG_KIND_CHILD && request.session_class <= TG_CLASS_EMERGENCY && request.peer.reserved0 == 0;
}

constexpr tg_request kNobodyInParticular = {sizeof(tg_request), TG_EMBED_ABI, TG_KIND_NEW, TG_CLASS_NORMAL, 0, 0, {}, 0};

/// Carries out tg_admit() for a request that is not usual, a verdict that is missing or of another version, and invalid arguments.
[[gnu::noinline]] tg_result admit_otherwise(tg_service *service, const tg_request *request, tg_verdict *verdict, tg_ticket *ticket) {
  if (service == nullptr || ticket == nullptr) return fail(TG_E_INVALID, "tg_admit: service or ticket is NULL");
  *ticket = 0;
  tg_request asked = kNobodyInParticular;
  if (request != nullptr)
    if (const tg_result result = read_request(request, asked); result != TG_OK) return result;
  if (verdict != nullptr)
    if (const tg_result result = check_head(*verdict); result != TG_OK)
      return fail(result, why_not("tg_admit: the verdict", result).view());
  tg_verdict answer = TG_INIT(tg_verdict);
  *ticket = from(service)->admit(asked, answer);
  if (*ticket == 0)
    if (const tg_result result = not_asked(service); result != TG_OK) return result;
  if (verdict != nullptr) write_struct(verdict, answer);
  return TG_OK;
}

[[gnu::noinline]] tg_result not_released(tg_service *service) {
  if (from(service)->forked()) return forked();
  return fail(TG_E_STALE, "tg_release: the ticket was released before, or is not of this service");
}

[[gnu::noinline]] int32_t enter_otherwise(tg_service *service) {
  if (from(service)->enter()) return 1;
  return from(service)->forked() ? forked() : 0;
}

[[gnu::noinline]] tg_result leave_otherwise(tg_service *service) {
  if (service == nullptr) return fail(TG_E_INVALID, "tg_leave: service is NULL");
  if (from(service)->leave()) return TG_OK;
  if (from(service)->forked()) return forked();
  return fail(TG_E_STALE, "tg_leave: nothing had entered");
}

}  // namespace

tg_result tg_admit(tg_service *service, const tg_request *request, tg_verdict *verdict, tg_ticket *ticket) {
  if (request == nullptr) request = &kNobodyInParticular;
  if (service == nullptr || ticket == nullptr || !is_usual(*request) || verdict == nullptr || !is_of_this_version(*verdict)) [[unlikely]]
    return admit_otherwise(service, request, verdict, ticket);
  *ticket = from(service)->admit(*request, *verdict);
  return *ticket != 0 ? TG_OK : not_asked(service);
}

tg_result tg_release(tg_service *service, tg_ticket ticket) {
  if (service == nullptr || ticket == 0) [[unlikely]]
    return ticket == 0 ? TG_OK : fail(TG_E_INVALID, "tg_release: service is NULL");
  return from(service)->release(ticket) ? TG_OK : not_released(service);
}

int32_t tg_enter(tg_service *service) {
  if (service == nullptr) [[unlikely]]
    return 0;
  if (from(service)->enter_at_once()) [[likely]]
    return 1;
  return from(service)->refuse_at_once() ? 0 : enter_otherwise(service);
}

int32_t tg_enter_child(tg_service *service, tg_ticket parent) {
  if (service == nullptr) return 0;
  if (from(service)->enter_child(parent)) return 1;
  return from(service)->forked() ? forked() : 0;
}

tg_result tg_leave(tg_service *service) {
  if (service != nullptr && from(service)->leave_at_once()) [[likely]]
    return TG_OK;
  return leave_otherwise(service);
}

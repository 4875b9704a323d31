#pragma once

#include "core/policy_scope.hpp"
#include "os/fault.hpp"
#include "host/host.hpp"

namespace tidegate::sdk::api {

/// The opaque types of the ABI are the runtime's own objects.
inline Host *from(tg_host *host) { return reinterpret_cast<Host *>(host); }
inline Service *from(tg_service *service) { return reinterpret_cast<Service *>(service); }
inline Subscription *from(tg_subscription *subscription) { return reinterpret_cast<Subscription *>(subscription); }
inline tg_host *to(Host *host) { return reinterpret_cast<tg_host *>(host); }
inline tg_service *to(Service *service) { return reinterpret_cast<tg_service *>(service); }
inline tg_subscription *to(Subscription *subscription) { return reinterpret_cast<tg_subscription *>(subscription); }

inline constexpr const char kForked[] =
    "the host was made by the process that this one was forked from; make a host of its own in each process";

/// Throws Fault inside a policy, where only functions with the tag [any] may be called.
inline void check_no_policy(const char *call) {
  if (PolicyScope::inside())
    throw Fault(TG_E_REENTRANT, std::string(call) + ": called from inside a policy, which may call only what is tagged [any]");
}

/// Returns the object behind a handle. Throws Fault:
/// 1. for NULL;
/// 2. in a forked child of the process that made the object, where a lock that was held at the fork is never released;
/// 3. inside a policy.
template <class T>
auto &object(T *handle, const char *call) {
  if (handle == nullptr) throw Fault(TG_E_INVALID, std::string(call) + ": the first argument is NULL");
  auto &it = *from(handle);
  if (it.forked()) throw Fault(TG_E_FORKED, std::string(call) + ": " + kForked);
  check_no_policy(call);
  return it;
}

template <class T>
void need(T *pointer, const char *what) {
  if (pointer == nullptr) throw Fault(TG_E_INVALID, std::string(what) + " is NULL");
}

}  // namespace tidegate::sdk::api

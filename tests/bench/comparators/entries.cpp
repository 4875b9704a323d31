// Ways to count somebody in and out, and to refuse.
#define URCU_INLINE_SMALL_FUNCTIONS
#include <urcu/urcu-memb.h>

#include <atomic>
#include <cstdint>
#include <mutex>
#include <shared_mutex>

#include "comparator.hpp"

using tidegate::bench::make;
using tidegate::bench::object;

// ---- nothing: what two calls cost ----

COMPARATOR tg_service *empty_make() { return make<int>(); }
COMPARATOR std::int32_t empty_enter(tg_service *) { return 1; }
COMPARATOR tg_result empty_leave(tg_service *) { return TG_OK; }

// ---- one atomic that all share ----

namespace {
struct alignas(64) SharedAtomic {
  std::atomic<std::int64_t> inside{0};
};
}  // namespace

COMPARATOR tg_service *atomic_make() { return make<SharedAtomic>(); }
COMPARATOR std::int32_t atomic_enter(tg_service *it) {
  object<SharedAtomic>(it).inside.fetch_add(1);
  return 1;
}
COMPARATOR tg_result atomic_leave(tg_service *it) {
  object<SharedAtomic>(it).inside.fetch_add(-1);
  return TG_OK;
}

// ---- locks ----

COMPARATOR tg_service *mutex_make() { return make<std::mutex>(); }
COMPARATOR std::int32_t mutex_enter(tg_service *it) {
  object<std::mutex>(it).lock();
  return 1;
}
COMPARATOR tg_result mutex_leave(tg_service *it) {
  object<std::mutex>(it).unlock();
  return TG_OK;
}

COMPARATOR tg_service *shared_mutex_make() { return make<std::shared_mutex>(); }
COMPARATOR std::int32_t shared_mutex_enter(tg_service *it) {
  object<std::shared_mutex>(it).lock_shared();
  return 1;
}
COMPARATOR tg_result shared_mutex_leave(tg_service *it) {
  object<std::shared_mutex>(it).unlock_shared();
  return TG_OK;
}

// ---- a reader of RCU: bound to its thread, and nobody knows how many there are ----

COMPARATOR tg_service *urcu_make() { return make<int>(); }
COMPARATOR void urcu_attach() { urcu_memb_register_thread(); }
COMPARATOR void urcu_detach() { urcu_memb_unregister_thread(); }
COMPARATOR std::int32_t urcu_enter(tg_service *) {
  urcu_memb_read_lock();
  return 1;
}
COMPARATOR tg_result urcu_leave(tg_service *) {
  urcu_memb_read_unlock();
  return TG_OK;
}

// ---- a refusal that counts as one thread alone may ----

namespace {
struct Refusal {
  bool shut = true;
  std::int64_t refused = 0;
};
}  // namespace

COMPARATOR tg_service *refusal_make() { return make<Refusal>(); }
COMPARATOR std::int32_t refusal_enter(tg_service *it) {
  Refusal &refusal = object<Refusal>(it);
  if (!refusal.shut) return 1;
  ++refusal.refused;
  return 0;
}
COMPARATOR tg_result refusal_leave(tg_service *) { return TG_OK; }

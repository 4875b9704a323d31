#pragma once

#include <cstdint>

#include "tidegate/tidegate.h"

namespace tidegate::bench {

/// The functions of libtidegate.so.1 that are measured or needed for it, found by their names.
struct Tidegate {
#define TIDEGATE_BENCH_CALLS(CALL)                                                                               \
  CALL(admit)                                                                                                    \
  CALL(release) CALL(enter) CALL(leave) CALL(host_create) CALL(host_load_plugin) CALL(plugin_reload) CALL(plugin_unload) CALL(host_events) CALL(host_destroy) CALL(host_fd) CALL(host_poll)       \
      CALL(host_events_last) CALL(host_events_wait) CALL(service_create) CALL(service_start) CALL(service_drain) \
          CALL(service_resume) CALL(service_wait) CALL(service_sessions) CALL(service_info_get)
#define TIDEGATE_BENCH_MEMBER(name) decltype(&::tg_##name) name = nullptr;
  TIDEGATE_BENCH_CALLS(TIDEGATE_BENCH_MEMBER)
#undef TIDEGATE_BENCH_MEMBER
};
const Tidegate &library();

/// A way to count somebody in and out: the gate's, or what it is compared with. All are called as the gate is.
struct EntryCalls {
  const char *name = "";
  decltype(&::tg_enter) enter = nullptr;
  decltype(&::tg_leave) leave = nullptr;
  tg_service *object = nullptr;
  void (*attach)() = nullptr;  ///< by a thread before its first pair; null: nothing to do
  void (*detach)() = nullptr;  ///< by a thread after its last one
};

/// A way to keep a record of somebody from admission to release.
struct SessionCalls {
  const char *name = "";
  decltype(&::tg_admit) admit = nullptr;
  decltype(&::tg_release) release = nullptr;
  decltype(&::tg_service_sessions) each = nullptr;  ///< null: it knows no way to enumerate
  tg_service *object = nullptr;
};

/// The loops of a program that has linked the library.
struct DirectLoops {
  void (*entry)(tg_service *service, std::uint64_t pairs) = nullptr;
  void (*session)(tg_service *service, const tg_request *request, std::uint64_t pairs) = nullptr;
};
const DirectLoops &direct_loops();

/// `of`: as it is called in the comparators' library; made anew, and kept until the program ends.
EntryCalls entry_comparator(const char *of, const char *name);
SessionCalls session_comparator(const char *of, const char *name);

EntryCalls empty_pair();
EntryCalls shared_atomic();
EntryCalls mutex();
EntryCalls shared_mutex();
EntryCalls urcu();
/// Its enter() refuses.
EntryCalls plain_refusal();
SessionCalls unordered_map();
SessionCalls concurrent_map();
SessionCalls flat_map();
SessionCalls malloc_free();

}  // namespace tidegate::bench

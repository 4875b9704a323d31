// Ways to keep a record of 64 bytes from admission to release, under a key that no other had before.
#include <absl/container/flat_hash_map.h>
#include <tbb/concurrent_hash_map.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <unordered_map>

#include "comparator.hpp"

using tidegate::bench::make;
using tidegate::bench::object;

namespace {

/// What a session's record has to have room for.
struct Record {
  std::uint64_t tag = 0;
  std::uint64_t key = 0;
  std::uint64_t parent = 0;
  tg_address peer{};
  std::uint32_t kind = 0;
  std::uint32_t session_class = 0;
  std::uint64_t admitted = 0;  // nobody asks what time it is
};
static_assert(sizeof(Record) == 64);

Record record_of(const tg_request &request) {
  return {request.tag, request.key, request.parent, request.peer, request.kind, request.session_class, 0};
}

/// Each thread has numbers of its own, so that counting them is not what costs.
std::uint64_t fresh_key() {
  static std::atomic<std::uint64_t> threads{0};
  thread_local std::uint64_t next = threads.fetch_add(1) << 40;
  return ++next;
}

tg_result admitted(tg_verdict *verdict, tg_ticket *ticket, tg_ticket key) {
  verdict->code = TG_VERDICT_ADMITTED;
  *ticket = key;
  return TG_OK;
}

template <class Map>
struct Locked {
  std::mutex mutex;
  Map map;

  tg_result admit(const tg_request &request, tg_verdict *verdict, tg_ticket *ticket) {
    const std::uint64_t key = fresh_key();
    const std::lock_guard lock(mutex);
    map.emplace(key, record_of(request));
    return admitted(verdict, ticket, key);
  }
  tg_result release(tg_ticket ticket) {
    const std::lock_guard lock(mutex);
    return map.erase(ticket) != 0 ? TG_OK : TG_E_STALE;
  }
  tg_result each(tg_session_fn fn, void *user) {
    const std::lock_guard lock(mutex);
    tg_session_info info = TG_INIT(tg_session_info);
    for (const auto &[key, record] : map) {
      info.ticket = key;
      info.tag = record.tag;
      info.kind = record.kind;
      info.peer = record.peer;
      fn(user, &info);
    }
    return static_cast<tg_result>(map.size());
  }
};

using Unordered = Locked<std::unordered_map<std::uint64_t, Record>>;
using Flat = Locked<absl::flat_hash_map<std::uint64_t, Record>>;
using Concurrent = tbb::concurrent_hash_map<std::uint64_t, Record>;

}  // namespace

#define LOCKED(name, Type)                                                                                               \
  COMPARATOR tg_service *name##_make() { return make<Type>(); }                                                          \
  COMPARATOR tg_result name##_admit(tg_service *it, const tg_request *request, tg_verdict *verdict, tg_ticket *ticket) { \
    return object<Type>(it).admit(*request, verdict, ticket);                                                            \
  }                                                                                                                      \
  COMPARATOR tg_result name##_release(tg_service *it, tg_ticket ticket) { return object<Type>(it).release(ticket); }     \
  COMPARATOR tg_result name##_each(tg_service *it, std::uint32_t, tg_session_fn fn, void *user) {                        \
    return object<Type>(it).each(fn, user);                                                                              \
  }

LOCKED(unordered_map, Unordered)
LOCKED(flat_map, Flat)

COMPARATOR tg_service *concurrent_map_make() { return make<Concurrent>(); }
COMPARATOR tg_result concurrent_map_admit(tg_service *it, const tg_request *request, tg_verdict *verdict,
                                          tg_ticket *ticket) {
  const std::uint64_t key = fresh_key();
  object<Concurrent>(it).emplace(key, record_of(*request));
  return admitted(verdict, ticket, key);
}
COMPARATOR tg_result concurrent_map_release(tg_service *it, tg_ticket ticket) {
  return object<Concurrent>(it).erase(ticket) ? TG_OK : TG_E_STALE;
}

// ---- memory alone: the record can be found by its pointer only ----

COMPARATOR tg_service *malloc_make() { return make<int>(); }
COMPARATOR tg_result malloc_admit(tg_service *, const tg_request *request, tg_verdict *verdict, tg_ticket *ticket) {
  auto *record = static_cast<Record *>(std::malloc(sizeof(Record)));
  if (record == nullptr) std::abort();
  *record = record_of(*request);
  return admitted(verdict, ticket, reinterpret_cast<tg_ticket>(record));
}
COMPARATOR tg_result malloc_release(tg_service *, tg_ticket ticket) {
  std::free(reinterpret_cast<void *>(ticket));
  return TG_OK;
}

#include "calls.hpp"

#include <dlfcn.h>

#include <cstdio>
#include <cstdlib>
#include <string>

namespace tidegate::bench {
namespace {

void *open_library(const char *path) {
  void *opened = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (opened != nullptr) return opened;
  std::fprintf(stderr, "bench: %s\n", dlerror());
  std::exit(1);
}

template <class F>
F find(void *in, const std::string &name, bool needed = true) {
  void *found = dlsym(in, name.c_str());
  if (found == nullptr && needed) {
    std::fprintf(stderr, "bench: %s\n", dlerror());
    std::exit(1);
  }
  return reinterpret_cast<F>(found);
}

void *comparators() {
  static void *const opened = open_library(COMPARATORS);
  return opened;
}

tg_service *make(const std::string &of) { return find<tg_service *(*)()>(comparators(), of + "_make")(); }

}  // namespace

const Tidegate &library() {
  static const Tidegate table = [] {
    void *const in = open_library(LIBTIDEGATE);
    Tidegate out;
#define TIDEGATE_BENCH_FIND(name) out.name = find<decltype(out.name)>(in, "tg_" #name);
    TIDEGATE_BENCH_CALLS(TIDEGATE_BENCH_FIND)
#undef TIDEGATE_BENCH_FIND
    return out;
  }();
  return table;
}

const DirectLoops &direct_loops() {
  static const DirectLoops loops = [] {
    void *const in = open_library(DIRECT);
    return DirectLoops{find<decltype(DirectLoops::entry)>(in, "direct_entry_loop"),
                       find<decltype(DirectLoops::session)>(in, "direct_session_loop")};
  }();
  return loops;
}

EntryCalls entry_comparator(const char *of, const char *name) {
  void *const in = comparators();
  const std::string prefix = of;
  EntryCalls out{name};
  out.enter = find<decltype(out.enter)>(in, prefix + "_enter");
  out.leave = find<decltype(out.leave)>(in, prefix + "_leave");
  out.object = make(prefix);
  out.attach = find<decltype(out.attach)>(in, prefix + "_attach", false);
  out.detach = find<decltype(out.detach)>(in, prefix + "_detach", false);
  return out;
}

SessionCalls session_comparator(const char *of, const char *name) {
  void *const in = comparators();
  const std::string prefix = of;
  SessionCalls out{name};
  out.admit = find<decltype(out.admit)>(in, prefix + "_admit");
  out.release = find<decltype(out.release)>(in, prefix + "_release");
  out.each = find<decltype(out.each)>(in, prefix + "_each", false);
  out.object = make(prefix);
  return out;
}

EntryCalls empty_pair() { return entry_comparator("empty", "empty pair"); }
EntryCalls shared_atomic() { return entry_comparator("atomic", "shared atomic"); }
EntryCalls mutex() { return entry_comparator("mutex", "std::mutex"); }
EntryCalls shared_mutex() { return entry_comparator("shared_mutex", "std::shared_mutex"); }
EntryCalls urcu() { return entry_comparator("urcu", "liburcu (memb)"); }
EntryCalls plain_refusal() { return entry_comparator("refusal", "plain refusal"); }
SessionCalls unordered_map() { return session_comparator("unordered_map", "unordered_map + mutex"); }
SessionCalls concurrent_map() { return session_comparator("concurrent_map", "tbb::concurrent_hash_map"); }
SessionCalls flat_map() { return session_comparator("flat_map", "absl::flat_hash_map + mutex"); }
SessionCalls malloc_free() { return session_comparator("malloc", "malloc + free"); }

}  // namespace tidegate::bench

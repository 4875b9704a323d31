// Counts the instructions of pairs, under callgrind: `instructions per-cpu|portable`. Each is dumped under its name.
//
// valgrind registers no thread for restartable sequences, so the gate that counts at each processor would not be chosen.
// Here, and only here, it is given a stand-in of the kernel's part: this thread's area says that it runs on processor 0,
// and as no other thread works on that processor's memory, nothing needs to be begun anew.
#include <valgrind/callgrind.h>

#include <cstdint>
#include <cstdio>
#include <cstring>
#include <functional>
#include <string>

#include "core/per_cpu.hpp"
#include "host/gate_proof.hpp"
#include "pairs.hpp"
#include "server.hpp"

namespace tidegate::bench {
namespace {

constexpr std::uint64_t kPairs = 10'000;

/// The library is in this program: the very functions, not those of the file.
Tidegate linked_in() {
  Tidegate out;
#define TIDEGATE_BENCH_TAKE(name) out.name = &::tg_##name;
  TIDEGATE_BENCH_CALLS(TIDEGATE_BENCH_TAKE)
#undef TIDEGATE_BENCH_TAKE
  return out;
}

/// Has the hosts made with the gate that counts at each processor. Call before the first host.
void choose_the_per_cpu_gate() {
  sdk::per_cpu::ground.available = 1;
  sdk::take_gate_as_proved();
}

/// Call after the hosts are made and the plugins are loaded: a thread that this thread starts later would register its area.
void stand_in_for_the_kernel() {
  namespace per_cpu = sdk::per_cpu;
  auto *const area = reinterpret_cast<volatile std::uint32_t *>(per_cpu::thread_pointer() + per_cpu::ground.area);
  area[1] = 0;  // cpu_id
}

void count(const std::string &what, const std::function<void(std::uint64_t)> &run) {
  run(kPairs / 10);
  CALLGRIND_TOGGLE_COLLECT;
  run(kPairs);
  CALLGRIND_TOGGLE_COLLECT;
  CALLGRIND_DUMP_STATS_AT(what.c_str());
}

void count(const EntryCalls &calls) {
  if (calls.attach != nullptr) calls.attach();
  count(calls.name, [&](std::uint64_t pairs) { entry_loop(calls, pairs); });
  if (calls.detach != nullptr) calls.detach();
}

void count(const SessionCalls &calls) {
  count(calls.name, [&](std::uint64_t pairs) { session_loop(calls, pairs); });
}

void count_gate(const Tidegate &calls, const std::string &prefix, bool per_cpu) {
  if (per_cpu) choose_the_per_cpu_gate();
  const Server server(calls, {.loop = TG_LOOP_POLL}), bounded(calls, {.max_sessions = 500'000, .loop = TG_LOOP_POLL}),
      asking(calls, {.loop = TG_LOOP_POLL});
  asking.load(POLICY, R"({"answer": "abstain"})");
  if (per_cpu) stand_in_for_the_kernel();
  count(server.entries((prefix + "gate: entry").c_str()));
  count(server.sessions((prefix + "gate: session").c_str()));
  count(bounded.sessions((prefix + "gate: session, with a limit").c_str()));
  count(asking.sessions((prefix + "gate: session, with a policy").c_str()));
  server.drain();
  server.poll();
  const EntryCalls drained = server.entries();
  count(prefix + "gate: refused entry", [&](std::uint64_t calls_made) { refusal_loop(drained, calls_made); });
}

void count_comparators() {
  for (const EntryCalls &calls : {empty_pair(), shared_atomic(), mutex(), shared_mutex(), urcu()}) count(calls);
  const EntryCalls refusal = plain_refusal();
  count(refusal.name, [&](std::uint64_t calls_made) { refusal_loop(refusal, calls_made); });
  for (const SessionCalls &calls : {malloc_free(), unordered_map(), flat_map(), concurrent_map()}) count(calls);
}

}  // namespace
}  // namespace tidegate::bench

int main(int argc, char **argv) {
  using namespace tidegate::bench;
  const bool per_cpu = argc == 2 && std::strcmp(argv[1], "per-cpu") == 0;
  if (!per_cpu && (argc != 2 || std::strcmp(argv[1], "portable") != 0)) {
    std::fprintf(stderr, "valgrind --tool=callgrind --collect-atstart=no instructions per-cpu|portable\n");
    return 2;
  }
  if (RUNNING_ON_VALGRIND == 0) {
    std::fprintf(stderr, "bench: `instructions` counts nothing outside of valgrind\n");
    return 1;
  }
  const Tidegate calls = linked_in();
  count_gate(calls, per_cpu ? "" : "portable ", per_cpu);
  if (per_cpu) count_comparators();
  // The area is not the kernel's: whoever is taken down here would ask it for a fence.
  std::fflush(nullptr);
  std::_Exit(0);
}

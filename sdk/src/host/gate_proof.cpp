#include "host/gate_proof.hpp"

#include <sched.h>

#include <atomic>
#include <mutex>
#include <system_error>
#include <thread>

#include "core/fence.hpp"
#include "core/per_cpu.hpp"
#include "loop/clock.hpp"
#include "os/quiet_signals.hpp"

namespace tidegate::sdk {
namespace {

constexpr int kEnough = 4;                     // number of observed restarts that proves the fence
constexpr Nanos kEnoughTime = kSecond / 5;     // after this time one observed restart is enough, as the machine is busy
constexpr Nanos kLimit = kSecond;              // after this time without a restart the test has failed
constexpr Nanos kPrompt = 50'000;              // a running thread beats within this time

enum class Seen { begun_anew, went_on, nothing };

Nanos now() { return Clock::real().monotonic(); }

/// Waits a moment for `times` beats without leaving the processor. Returns: false when the other thread does not run.
bool beats_promptly(const std::atomic<std::uint64_t> &beats, std::uint64_t times) {
  const std::uint64_t from = beats.load(std::memory_order_relaxed);
  for (const Nanos end = later(now(), kPrompt); now() < end;)
    if (beats.load(std::memory_order_relaxed) - from >= times) return true;
  return false;
}

/// Calls the fence once while the other thread is within its sequence. The result counts only when that thread runs right before and right
/// after the fence, as a thread that loses its processor restarts its sequence in any case.
Seen try_fence(const std::atomic<std::uint64_t> &beats, bool (*fence)()) {
  if (!beats_promptly(beats, 2)) return Seen::nothing;
  const std::uint64_t before = per_cpu::ground.aborts.load(std::memory_order_relaxed);
  if (!fence()) return Seen::went_on;
  if (!beats_promptly(beats, 2)) return Seen::nothing;
  return per_cpu::ground.aborts.load(std::memory_order_relaxed) != before ? Seen::begun_anew : Seen::went_on;
}

/// Moves this thread to a processor other than `cpu`, among its allowed ones: on a busy machine the two threads would otherwise take turns
/// on one processor. Returns: false when no other processor is allowed.
bool move_away_from(int cpu) {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) != 0) return true;  // a machine beyond 1,024 processors
  CPU_CLR(cpu, &set);
  return CPU_COUNT(&set) != 0 && sched_setaffinity(0, sizeof set, &set) == 0;
}

}  // namespace

bool proves(bool (*fence)()) {
  if (!per_cpu::available()) return false;
  char nothing = 0;
  per_cpu::Rows rows;
  rows.first.store(&nothing, std::memory_order_relaxed);
  rows.count.store(per_cpu::rows(), std::memory_order_relaxed);
  std::atomic<std::uint64_t> beats{0};
  std::atomic<bool> alone{false};  // the process may use only one processor
  std::thread beater;
  try {
    const QuietSignals quiet;
    beater = std::thread([&, here = sched_getcpu()] {
      if (move_away_from(here))
        per_cpu::beat_until_closed(rows, beats);
      else
        alone.store(true, std::memory_order_relaxed);
    });
  } catch (const std::system_error &) {
    return false;
  }
  int seen = 0;
  bool went_on = false;  // the sequence was not restarted; a working fence never allows that
  const Nanos began = now();
  while (!went_on && !alone.load(std::memory_order_relaxed) && seen < kEnough && now() < later(began, seen != 0 ? kEnoughTime : kLimit)) {
    const Seen what = try_fence(beats, fence);
    went_on = what == Seen::went_on;
    if (what == Seen::begun_anew)
      ++seen;
    else
      std::this_thread::yield();
  }
  rows.count.store(0, std::memory_order_release);
  beater.join();
  return seen != 0 && !went_on;
}

namespace {

std::atomic<bool> taken_as_proved{false};

}  // namespace

void take_gate_as_proved() { taken_as_proved.store(true, std::memory_order_relaxed); }

GateProof prove_gate() {
  if (taken_as_proved.load(std::memory_order_relaxed)) return {.holds = true, .cost = 0};
  static std::once_flag once;
  static bool proved = false;
  GateProof proof;
  std::call_once(once, [&] {
    const Nanos began = now();
    proved = proves(per_cpu::fence_by_membarrier);
    proof.cost = now() - began;
  });
  // The process may have entered a sandbox since. The slower fence by visits is only for hosts that exist already.
  proof.holds = proved && per_cpu::fence_by_membarrier();
  return proof;
}

}  // namespace tidegate::sdk

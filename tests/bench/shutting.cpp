// Shutting a gate that is in use, against the fence alone that it cannot do without: on the class, with nothing of the
// drain machine, its events and its locks.
#include <atomic>
#include <thread>
#include <vector>

#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/admission.hpp"
#include "machine.hpp"
#include "rows.hpp"
#include "spread.hpp"

namespace tidegate::bench {
namespace {

using sdk::Admission;

constexpr unsigned kThreads = 4;
constexpr unsigned kSamples = 60;  // in each round

/// A gate, and threads that do nothing but pass it.
class BusyGate {
 public:
  BusyGate() : admission_({}, slab_, policies_, &cells_) {
    open();
    for (unsigned i = 0; i < kThreads; ++i) threads_.emplace_back([this] { pass(); });
  }
  ~BusyGate() {
    stop_ = true;
    for (std::thread &thread : threads_) thread.join();
  }

  /// Waits until it is passed.
  void meet() const {
    const std::uint64_t before = entered();
    while (entered() < before + 100) spin();
  }
  bool shut() {
    if (!admission_.slow_down()) return false;
    admission_.gate().shut();
    return true;
  }
  void open() {
    admission_.gate().open();
    admission_.speed_up();
  }

 private:
  std::uint64_t entered() const { return admission_.gate().total(sdk::Lane::entry_in); }
  void pass() {
    while (!stop_.load(std::memory_order_relaxed)) {
      if (!admission_.enter_at_once() && !admission_.enter()) continue;
      if (admission_.leave_at_once()) continue;
      if (admission_.leave() == sdk::Gate::Left::last) admission_.gate().gone();
    }
  }

  const sdk::PolicyList none_;
  sdk::PolicyDoors policies_{none_};
  sdk::SessionSlab slab_{1000};
  sdk::CellMemory cells_;
  Admission admission_;
  std::atomic<bool> stop_{false};
  std::vector<std::thread> threads_;
};

/// `what` as a side: the time that goes by, half of the samples' in each round.
template <class F>
Side timed(const char *name, std::vector<double> &all, F what) {
  return {name, [&all, what](unsigned) {
            std::vector<double> samples;
            for (unsigned i = 0; i < kSamples; ++i) samples.push_back(what());
            all.insert(all.end(), samples.begin(), samples.end());
            return quantile(samples, 0.5);
          }};
}

}  // namespace

void shutting(const Run &run, Rows &rows) {
  BusyGate gate;
  std::vector<double> shuts, fences;
  const Side ours = timed("slow_down() + shut()", shuts, [&] {
    gate.meet();
    const double before = wall_ns();
    const bool shut = gate.shut();
    const double after = wall_ns();
    if (!shut) std::abort();
    gate.open();
    return after - before;
  });
  const Side theirs = timed("membarrier", fences, [&] {
    gate.meet();
    const double before = wall_ns();
    const long fenced = syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED_RSEQ, 0, 0);
    const double after = wall_ns();
    if (fenced != 0) std::abort();
    return after - before;
  });
  rows.compare("G9", "shutting", kThreads, ours, theirs, run.rounds());
  rows.figure("shutting", "slow_down() + shut(), p99", kThreads, "ns", {quantile(shuts, 0.99)});
  rows.figure("shutting", "membarrier, p99", kThreads, "ns", {quantile(fences, 0.99)});
}

}  // namespace tidegate::bench

#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>
#include <vector>

#include "core/cells.hpp"
#include "core/host_end.hpp"
#include "core/needs.hpp"
#include "core/policy_doors.hpp"
#include "core/session_slab.hpp"
#include "runtime/clock.hpp"
#include "runtime/event_log.hpp"
#include "runtime/journal_writer.hpp"
#include "runtime/redirects.hpp"
#include "runtime/wake.hpp"

namespace tidegate::sdk {

class CallbackPool;
class Describer;
class Steps;

/// Counts the threads inside a wait. A thread that leaves while the host is not closing takes no lock, as the thread that woke it may hold
/// the control lock.
class Waits {
 public:
  // Under the control lock:
  void enter() { word_.fetch_add(kOne, std::memory_order_relaxed); }
  void close() { word_.fetch_or(kClosing, std::memory_order_relaxed); }
  bool none() const { return word_.load(std::memory_order_acquire) < kOne; }

  /// Any thread. Returns: false when that has to be done with leave_closing().
  bool leave() {
    std::uint32_t word = word_.load(std::memory_order_relaxed);
    do {
      if ((word & kClosing) != 0) return false;
    } while (!word_.compare_exchange_weak(word, word - kOne, std::memory_order_release, std::memory_order_relaxed));
    return true;
  }
  /// Under the control lock.
  void leave_closing() { word_.fetch_sub(kOne, std::memory_order_release); }

 private:
  static constexpr std::uint32_t kClosing = 1;
  static constexpr std::uint32_t kOne = 2;

  std::atomic<std::uint32_t> word_{0};
};

/// What the services of a host share.
struct Shared {
  const Clock &clock;
  EventLog &log;
  SessionSlab &slab;
  CellMemory &cells;
  PolicyDoors &policies;
  const Wake &steward;     ///< something may be due
  const Wake &hooks;       ///< rung when a callback of the server is due, for the thread that polls
  Describer &describer;    ///< calls the server's descriptions of sessions
  CallbackPool *const callbacks;  ///< runs the server's callbacks; nullptr: the server's loop does
  JournalWriter *const journal;   ///< nullptr: nothing outlives the process
  Steps &steps;            ///< of services, that wait for plugins

  std::mutex control{};                   ///< the control lock: machines, and whatever a drain changes
  std::condition_variable left{};         ///< the last thread has left its wait
  bool closing = false;                   ///< guarded by control: waits end
  bool stopping_all = false;              ///< guarded by control: the host is being destroyed, and nothing is started any more
  HostEnd end{};                          ///< guarded by control
  bool said_ended = false;                ///< guarded by control: 25161 is out
  std::atomic<bool> silent{false};        ///< the host is being taken down: no callback of the server begins any more
  Waits waits{};                          ///< threads inside a wait
  std::atomic<bool> policy_faults{false};  ///< a policy was slow or answered garbage; any thread, with a ring
  std::atomic<bool> trim{false};          ///< there is memory of sessions to give back; any thread, with a ring
  std::atomic<std::thread::id> poller{};  ///< the thread that turns the server's loop, once it has

  // guarded by control:
  NeedGraph graph{};
  NeedGraph::Standings standings{};  ///< of all services, by index
  NeedGraph::Chosen starting{};      ///< while several are started in one go: which
  NeedGraph::Chosen stopping{};      ///< while several are asked to stop in one go: which
  Redirects redirects{};

  /// Says once that the host has ended, if it has. Under control.
  void say_ended();
  /// A call of a plugin has failed. Any thread.
  void ring_for_faults() {
    if (!policy_faults.exchange(true, std::memory_order_acq_rel)) steward.ring();
  }
  /// Throws E_MISUSE where waiting could never end: inside a callback, and on the server's loop.
  void check_may_wait() const;
  /// Waits until all that was appended up to `position` is on the disk; not under the control lock, and never on the way of a timer
  /// or of a loop. Returns: TG_OK, or TG_NOT_DURABLE.
  tg_result make_durable(Journal::Position position) const;
};

/// Held by a thread from the first to the last thing that it does with the host in a call that waits: the host is not
/// destroyed before it is gone. Throws E_CLOSING, or E_MISUSE where waiting could never end.
class WaitScope {
 public:
  /// `forever_is_possible`: false for a call that only looks, which may be made anywhere.
  WaitScope(Shared &shared, bool forever_is_possible);
  ~WaitScope();
  WaitScope(const WaitScope &) = delete;
  WaitScope &operator=(const WaitScope &) = delete;

  /// Waits for an event after number `after`. Returns: TG_OK, TG_E_TIMEOUT or TG_E_CLOSING.
  tg_result wait_for_event(std::uint64_t after, Nanos timeout) const;

 private:
  Shared &shared_;
};

}  // namespace tidegate::sdk

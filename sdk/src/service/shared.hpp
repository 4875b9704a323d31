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
#include "loop/clock.hpp"
#include "events/event_log.hpp"
#include "journal/journal_writer.hpp"
#include "service/redirects.hpp"
#include "loop/wake.hpp"

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

  /// Ends a wait; any thread. Returns: false, with nothing changed, when the caller must call leave_closing() instead.
  bool leave() {
    std::uint32_t word = word_.load(std::memory_order_relaxed);
    do {
      if ((word & kClosing) != 0) return false;
    } while (!word_.compare_exchange_weak(word, word - kOne, std::memory_order_release, std::memory_order_relaxed));
    return true;
  }
  /// Ends a wait while the host is closing; under the control lock.
  void leave_closing() { word_.fetch_sub(kOne, std::memory_order_release); }

 private:
  static constexpr std::uint32_t kClosing = 1;
  static constexpr std::uint32_t kOne = 2;

  std::atomic<std::uint32_t> word_{0};
};

/// The objects and the state that all services of a host share.
struct Shared {
  const Clock &clock;
  EventLog &log;
  SessionSlab &slab;
  CellMemory &cells;
  PolicyDoors &policies;
  const Wake &steward;     ///< rung when work for the steward may be due
  const Wake &hooks;       ///< rung when a callback of the server is due, for the thread that polls
  Describer &describer;    ///< calls the server's descriptions of sessions
  CallbackPool *const callbacks;  ///< runs the server's callbacks; nullptr: the server's loop does
  JournalWriter *const journal;   ///< nullptr: nothing outlives the process
  Steps &steps;            ///< steps of services that wait for plugins

  std::mutex control{};                   ///< the control lock: guards the machines and the state that a drain changes
  std::condition_variable left{};         ///< notified when a thread has left its wait while the host is closing
  bool closing = false;                   ///< guarded by control: all waits end
  bool stopping_all = false;              ///< guarded by control: the host is being destroyed, and nothing is started any more
  HostEnd end{};                          ///< guarded by control
  bool said_ended = false;                ///< guarded by control: event 25161 has been emitted
  std::atomic<bool> silent{false};        ///< the host is being taken down: no callback of the server begins any more
  Waits waits{};                          ///< threads inside a wait
  std::atomic<bool> policy_faults{false};  ///< the steward must look at the plugins; any thread sets it, and rings
  std::atomic<bool> trim{false};          ///< unused memory of sessions can be returned; any thread sets it, and rings
  std::atomic<std::thread::id> poller{};  ///< the thread that has called tg_host_poll() last

  // guarded by control:
  NeedGraph graph{};
  NeedGraph::Standings standings{};  ///< of all services, by index
  NeedGraph::Chosen starting{};      ///< the services that one request is starting
  NeedGraph::Chosen stopping{};      ///< the services that one request is stopping
  Redirects redirects{};

  /// Emits event 25161 once, when the host has ended. Under control.
  void say_ended();
  /// Makes the steward look at the plugins, as a call has failed or a plugin has changed. Any thread.
  void ring_for_faults() {
    if (!policy_faults.exchange(true, std::memory_order_acq_rel)) steward.ring();
  }
  /// Returns: whether this thread turns the server's loop.
  bool is_on_loop() const { return poller.load() == std::this_thread::get_id(); }
  /// Throws Fault TG_E_MISUSE where a wait could never end: inside a callback, and on the server's loop.
  void check_may_wait() const;
  /// Waits until the records up to `position` are on the disk; not under the control lock, and never on the steward or inside
  /// tg_host_poll(). Returns: TG_OK or TG_NOT_DURABLE.
  tg_result make_durable(Journal::Position position) const;
  /// Makes a change under the control lock, and then waits for the disk without it. `change(written)` returns the result of the change, and
  /// sets the position of the record that the answer waits for. Returns: that result, or TG_NOT_DURABLE.
  template <class F>
  tg_result durably(F &&change) {
    Journal::Position written = 0;
    tg_result result;
    {
      const std::lock_guard lock(control);
      result = change(written);
    }
    const tg_result durable = make_durable(written);
    return durable == TG_OK ? result : durable;
  }
};

/// Keeps the host from being destroyed while a thread is inside a call that waits.
class WaitScope {
 public:
  /// `forever_is_possible`: false for a call that does not wait, which any thread may make. Throws Fault TG_E_CLOSING, or TG_E_MISUSE where
  /// a wait could never end.
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

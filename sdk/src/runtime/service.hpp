#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

#include "core/admission.hpp"
#include "core/event.hpp"
#include "core/machine.hpp"
#include "core/moment.hpp"
#include "runtime/clock.hpp"
#include "runtime/event_log.hpp"
#include "runtime/tally.hpp"
#include "runtime/wake.hpp"
#include "tidegate/service.h"

namespace tidegate::sdk {

/// What the services of a host share.
struct Shared {
  const Clock &clock;
  EventLog &log;
  SessionSlab &slab;
  const std::atomic<const PolicyList *> &policies;
  const Wake &steward;  ///< something may be due
  const Wake &hooks;    ///< a host's callback is to be run

  std::mutex control;                     ///< the control lock: machines, and whatever a drain changes
  std::condition_variable left;           ///< the last thread has left its wait
  bool closing = false;                   ///< guarded by control: waits end
  int waiting = 0;                        ///< guarded by control: threads inside a wait
  std::atomic<std::thread::id> poller{};  ///< the thread that turns the server's loop, once it has

  /// Throws E_MISUSE where waiting could never end: inside a callback, and on the server's loop.
  void check_may_wait() const;
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

/// One service: feeds its drain machine with what happens and carries out what it says.
///
/// Threads: admit(), release(), enter(), enter_child(), leave() any, without a lock; run_hooks() the worker of the host's
/// callbacks; all others any, under the control lock, which they take themselves.
class Service {
 public:
  struct Options {
    std::string name;
    std::string activity;
    std::uint64_t max_sessions = 0;
    Nanos retry_after = 0;
    tg_service_options callbacks{};  ///< only user, start, stop, close and describe are used
  };

  Service(std::uint32_t index, const Options &options, Shared &shared);
  Service(const Service &) = delete;
  Service &operator=(const Service &) = delete;

  // ---- admission: the path that costs ----
  tg_ticket admit(const tg_request &request, tg_verdict &verdict);
  bool release(tg_ticket ticket);
  bool enter();
  bool enter_child(tg_ticket parent);
  bool leave();

  // ---- control; each throws Fault when it is refused ----
  void start(const Action &action);
  void drain(std::uint32_t intent, Nanos budget, Nanos kill_grace, const Action &action);
  void stop_now(const Action &action);
  void resume(const Action &action);
  /// Returns: TG_OK, TG_E_TIMEOUT, TG_E_ENDED or TG_E_CLOSING.
  tg_result wait(const WaitScope &scope, std::uint32_t until, Nanos timeout);
  Shared &shared() const { return shared_; }
  tg_service_info info() const;
  /// Calls `fn(tg_session_info)` for each live session until it returns false; without the control lock.
  template <class F>
  void for_each_session(F &&fn) const {
    const Nanos now = shared_.clock.monotonic();
    shared_.slab.for_each([&](tg_ticket ticket, const Session &session) {
      return session.service != index() || fn(shown(ticket, session, now));
    });
  }
  std::uint64_t live() const { return admission_.gate().counts().live(); }
  bool leaving() const { return admission_.gate().leaving(); }

  // ---- for the steward and the hooks' worker ----
  /// Does what is due. Returns: when it wants to be called again.
  Nanos attend();
  /// Calls the host's callbacks that are due.
  void run_hooks();

  const std::string &name() const { return options_.name; }
  const tg_service_options &callbacks() const { return options_.callbacks; }
  std::uint32_t index() const { return admission_.options().service; }

 private:
  enum Hook : std::uint32_t { kStart = 1, kStop = 2, kClose = 4 };

  Moment moment_now(std::uint32_t until) const;
  static tg_session_info shown(tg_ticket ticket, const Session &session, Nanos now);
  void ask(const machine::Input &input, const Action &action);
  machine::Step feed(machine::Input input);
  /// Carries out one effect. Returns: true when `answer` is the fact that it led to.
  bool carry_out(const machine::Effect &effect, machine::Input &answer);
  void emit(std::uint32_t number, std::uint64_t count, machine::Place place);
  /// Says what was counted, refusals too if `all`, else what is due.
  void say_tallies(bool all);
  void report(machine::Happening what);
  void close_sessions();
  void ask_to_close();
  void counted(bool last);

  const Options options_;
  Shared &shared_;
  Admission admission_;
  std::atomic<std::uint32_t> hooks_due_{0};  // bits of Hook: set under the control lock, taken by the hooks' worker
  /// The epoch whose sessions are being told to close; 0: none. Set and taken back under the control lock, before the gate
  /// is opened. Sequentially consistent, as are the generations in the slab: a session published after the scan has looked
  /// at its record sees it, and has the scan made again.
  std::atomic<std::uint64_t> closing_{0};
  std::atomic<std::uint64_t> stale_{0};    // surplus releases and leaves; any thread
  std::atomic<bool> tallies_rung_{false};  // any thread sets it when it rings; taken back once all is said

  // guarded by shared_.control:
  machine::State state_;
  Action action_;  // of the drain or change in progress
  Nanos status_since_ = 0;
  Tally refusals_{10 * kSecond, 10 * kSecond};
  Tally stale_releases_{0, kSecond};
};

}  // namespace tidegate::sdk

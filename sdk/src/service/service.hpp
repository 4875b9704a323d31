#pragma once

#include <atomic>
#include <optional>
#include <string>

#include "core/admission.hpp"
#include "core/event.hpp"
#include "core/machine.hpp"
#include "core/moment.hpp"
#include "service/drain_options.hpp"
#include "service/shared.hpp"
#include "plugins/steps.hpp"
#include "service/tally.hpp"
#include "tidegate/service.h"

namespace tidegate::sdk {

/// One service: feeds its drain machine with inputs and carries out the effects.
///
/// Threads: admit(), release(), enter(), enter_child(), leave(), active(), idle(), acknowledge() and ready() any, without a
/// lock; run_hooks() a thread of the callback pool; all other functions any, under the control lock, which they take themselves unless
/// their comment says otherwise.
class Service {
 public:
  struct Options {
    std::string name;
    std::string activity;
    Nanos retry_after = 0;
    std::uint32_t retry_jitter_percent = 20;
    std::string redirect;
    bool fail_closed = false;  ///< refuses sessions while a policy is taken out
    machine::Config config{};
    DrainOptions drain{};            ///< default options of its drains
    tg_service_options callbacks{};  ///< only `user` and the functions are used
  };

  Service(std::uint32_t index, const Options &options, Shared &shared, const Kept *kept);
  Service(const Service &) = delete;
  Service &operator=(const Service &) = delete;

  // ---- admission: the hot path ----
  /// Admits or refuses a session. Fills in the verdict except for its head. Returns: the ticket; 0 when refused, and without a verdict in a
  /// forked child or inside a policy.
  [[gnu::always_inline]] tg_ticket admit(const tg_request &request, tg_verdict &verdict) {
    tg_ticket ticket;
    if (!admission_.minded()) [[likely]] {
      ticket = admission_.admit_at_once(request, [this] { return shared_.clock.last_tick(); });
      if (ticket == 0) [[unlikely]]
        return admit_otherwise(request, verdict);
      Admission::say_admitted(verdict);
    } else {
      ticket = admission_.admit_asked(request, shared_.clock.last_tick(), verdict);
      if (ticket <= Admission::kRefused) [[unlikely]]
        return ticket == 0 ? admit_otherwise(request, verdict) : refused_asked();
    }
    if (leaving_wanted_.load(std::memory_order_seq_cst) != 0) [[unlikely]]
      tell_latecomer();
    return ticket;
  }
  [[gnu::always_inline]] bool release(tg_ticket ticket) {
    const Admission::Released released = admission_.release(ticket);
    return released == Admission::Released::more || released_otherwise(released);
  }
  [[gnu::always_inline]] bool enter_at_once() { return admission_.enter_at_once(); }
  [[gnu::always_inline]] bool refuse_at_once() {
    if (!admission_.refuse_at_once()) return false;
    if (!tallies_rung_.load(std::memory_order_seq_cst)) [[unlikely]]
      counted(false);
    return true;
  }
  bool enter() { return admission_.enter() || refused_entry(); }
  bool enter_child(tg_ticket parent) { return admission_.enter_child(parent) || refused_entry(); }
  [[gnu::always_inline]] bool leave_at_once() { return admission_.leave_at_once(); }
  bool leave() {
    const Gate::Left left = admission_.leave();
    return left == Gate::Left::more || left_otherwise(left);
  }
  /// Returns: whether this is a child of the process that made the host; it admits and releases nothing.
  bool forked() const { return admission_.forked(); }
  bool active(tg_ticket ticket);
  bool idle(tg_ticket ticket);
  bool acknowledge(tg_ticket ticket);
  bool ready() const { return ready_.load(std::memory_order_acquire); }

  // ---- control: each throws Fault when it is refused, and returns TG_OK, TG_HELD, TG_JOINED or TG_NOT_DURABLE otherwise ----
  tg_result start(const Action &action);
  tg_result drain(const DrainOptions &options, const Action &action);
  tg_result stop_now(const Action &action);
  /// Stops the service as stop_now() does, while the host is being destroyed and no other thread begins a call any more: it waits for no
  /// disk, and shuts the gate without a fence.
  void stop_for_good(const Action &action);
  struct Resume {
    Resume(bool all_holds = false, bool no_ramp = false) : all_holds(all_holds), no_ramp(no_ramp) {}
    bool all_holds;  ///< lifts the holds of all actors
    bool no_ramp;    ///< admits up to the whole limit at once
  };
  tg_result resume(const Resume &how, const Action &action);
  /// Notes that this service needs another one. Throws Fault when this service is not stopped, or the need would make a cycle.
  void need(Service &needed);

  // ---- for changes of several services at one moment; the caller holds the control lock ----
  /// Returns the machine's input for a drain. Throws Fault for invalid options.
  machine::Input drain_input(const DrainOptions &options, const Action &action);
  /// Returns the step that an input would lead to; changes nothing.
  machine::Step try_out(machine::Input input, Nanos now);
  [[noreturn]] void refuse(const machine::Step &step, machine::Happening what) const;
  /// Moves counting from the cells to the word. This is the only step of shutting that can fail, so it comes first. Throws Fault.
  void slow_down();
  /// Does the same without the fence, and cannot fail; an admission in progress may be missing in the counts.
  void slow_down_unfenced();
  /// Moves counting back to the cells if the service is Running; the counterpart of slow_down().
  void speed_up();
  /// Shuts the gate for a drain that the machine is about to begin.
  void shut_ahead(const machine::Drain &drain);
  /// Carries out an input. Returns: the result. Throws Fault when the machine refuses the input, or the host is being destroyed.
  tg_result ask(const machine::Input &input, Nanos now);
  /// Sets the redirect target of a drain. Call it before ask(), so that every refusal of the drain has this target.
  void redirect_for(const DrainOptions &options);
  machine::Place place() const { return state_.place; }
  /// Returns: whether every session that still counts is inside a release that has begun, such as one whose policy hangs.
  bool has_only_releases() const;
  /// Returns the position of the last record that changed the service's holds; 0: none. An answer waits for that record: holds must
  /// survive a crash, and the rest of a record need not.
  Journal::Position kept_at() const { return kept_at_; }
  bool is_held() const { return !state_.holds.empty(); }

  // ---- looking ----
  /// Returns the server's text for a session; empty when there is none, or it does not come in time.
  std::string description(tg_ticket ticket, std::uint64_t tag);
  /// Waits for a moment, TG_UNTIL_*. Returns: TG_OK, TG_E_TIMEOUT, TG_E_ENDED or TG_E_CLOSING.
  tg_result wait(const WaitScope &scope, std::uint32_t until, Nanos timeout);
  Shared &shared() const { return shared_; }
  tg_service_info info() const;
  Holds holds() const;
  /// Calls `fn(tg_session_info)` for each live session until it returns false; without the control lock.
  template <class F>
  void for_each_session(F &&fn) const {
    const Nanos now = shared_.clock.monotonic();
    const std::uint64_t epoch = epoch_.load(std::memory_order_relaxed);
    shared_.slab.for_each([&](tg_ticket ticket, const Session &session) {
      return session.service != index() || fn(shown(ticket, session, epoch, now));
    });
  }
  std::uint64_t live() const { return admission_.gate().live(); }
  bool leaving() const { return admission_.gate().leaving(); }

  // ---- for the steward and the callback pool ----
  /// Does the due work. Returns: the time of the next call.
  Nanos attend();
  /// Calls the server's callbacks that are due: on a thread of the pool, or on the server's loop.
  void run_hooks();
  /// The next service in the queue of the pool; guarded by the pool's lock.
  Service *next_due = nullptr;
  /// Returns the name of the callback in progress; empty: none.
  std::string call_in_progress() const;

  const std::string &name() const { return options_.name; }
  const tg_service_options &callbacks() const { return options_.callbacks; }
  std::uint32_t index() const { return admission_.options().service; }

 private:
  enum Hook : std::uint32_t {
    kStart = 1,
    kStop = 2,
    kClose = 4,
    kNotice = 8,
    kName = 16,
    kStartFailed = 32,
    kNoticeLate = 64,    // for sessions admitted since the notices began
    kNoticeAgain = 128,  // for sessions with a notice of a later deadline
    kTaken = 256,        // a thread of the pool is calling the callbacks
  };
  /// The callbacks of the server, as an event names them.
  enum class Callback : std::uint8_t { start, stop, close, notice };
  static constexpr Nanos kLateCall = 5 * kSecond;  // after this time an event reports a callback as late
  enum LeavingWanted : std::uint32_t { kToClose = 1, kToNotice = 2 };
  struct Carrier;

  Moment moment_now(std::uint32_t until) const;
  static tg_session_info shown(tg_ticket ticket, const Session &session, std::uint64_t epoch, Nanos now);
  void recover(const Kept &kept);
  tg_result change(const machine::Input &input);
  void facts(machine::Input &input) const;
  std::uint64_t departures() const;
  machine::Step feed(const machine::Input &input) { return feed(input, shared_.clock.monotonic()); }
  machine::Step feed(const machine::Input &input, Nanos now);
  void enter(const machine::State &state);
  /// Carries out one effect. Returns: true when `answer` has its result, for the machine.
  bool carry_out(const machine::Effect &effect, machine::Input &answer);
  void keep();
  /// Returns the part of an event's text that the state says. Under the control lock.
  FixedText<kReasonBytes> details_of(std::uint32_t number, const Action &action) const;
  void emit(const machine::Effect &effect);
  void emit(std::uint32_t number, std::uint64_t count, machine::Place place, const Action &action,
            std::string_view more = {});
  void attend_others();
  void redirect_to(const std::string &target);
  /// Reports the tallies: with `all` every tally, refusals too, otherwise the due ones.
  void say_tallies(bool all, machine::Place place);
  void report(machine::Happening what, std::uint64_t count = 0);
  void call(Hook hook);
  void run_hooks(std::uint32_t due);
  template <class F>
  bool call_server(Callback which, F &&fn);
  void say_late(Callback which, Nanos took, std::string_view what);
  Nanos attend_callbacks(Nanos now);
  Nanos attend_latecomers(Nanos now);
  void want_leaving(std::uint32_t wanted);
  static std::string_view name_of(Callback which);
  Nanos next_time(Nanos now) const;
  /// Goes on after the plugins' hooks of TG_STEP_BEFORE_START or TG_STEP_STOPPING. Any thread that does not hold the control lock.
  /// `why`: the plugin that failed the start, and its sentence.
  void hooks_done(std::uint32_t step, bool failed, std::string_view why);
  bool wait_for_hooks(std::uint32_t step);
  void close_sessions();
  void notice_sessions();
  void notice_latecomers();
  void notice_again();
  bool notice(tg_ticket ticket, const Session &session, Nanos left);
  Nanos time_left();
  template <class F>
  void for_each_to_notice(std::uint64_t epoch, F &&fn) const;
  void name_blockers();
  void counted(bool last);
  tg_ticket admit_otherwise(const tg_request &request, tg_verdict &verdict);
  tg_ticket refused_asked();
  void tell_latecomer();
  bool released_otherwise(Admission::Released released);
  bool refused_entry();
  bool left_otherwise(Gate::Left left);
  std::uint64_t stale() const;

  const Options options_;
  Shared &shared_;
  Admission admission_;
  std::atomic<bool> ready_{false};  // written under the control lock, before the gate is shut or after it is opened
  std::atomic<std::uint32_t> hooks_due_{0};  // bits of Hook: set by call(), taken by the thread that calls the callbacks
  /// The epoch whose sessions are being told to close; 0: none. Set, and cleared before the gate opens, under the control lock.
  /// Sequentially consistent, as are the generations in the slab: the thread of a session that is published after the scan has read its
  /// record sees this value, and causes another scan.
  std::atomic<std::uint64_t> closing_{0};
  /// The epoch whose sessions get notices; 0: none. Written as closing_ is.
  std::atomic<std::uint64_t> noticing_{0};
  /// Bits of LeavingWanted, which each admission reads, so that a session that is admitted meanwhile is told too. Written with the two
  /// above.
  std::atomic<std::uint32_t> leaving_wanted_{0};
  std::atomic<bool> came_late_{false};     // a session was admitted while sessions are told to leave; any thread sets it
  std::atomic<std::uint64_t> calls_{0};    // number of calls of the server's callbacks so far; written by the calling thread
  std::atomic<Nanos> call_since_{0};       // begin of the call in progress; 0: none; written by the calling thread
  std::atomic<std::uint8_t> call_which_{0};  // Callback of the call in progress; written by the calling thread
  std::atomic<bool> call_watched_{false};  // the steward will look at the call in progress
  std::atomic<std::uint64_t> epoch_{0};    // a copy of state_.epoch for readers without the lock
  std::atomic<std::uint64_t> stale_{0};    // surplus releases and leaves; any thread
  std::atomic<bool> tallies_rung_{false};  // a thread has rung for a tally; cleared when all tallies are reported

  // guarded by shared_.control:
  machine::State state_;
  Journal::Position kept_at_ = 0;
  Holds kept_holds_;  // the holds of that record
  Action action_;                         // the request that the drain or change in progress comes from
  std::uint64_t notice_tenths_ = 0;       // the tenths of the sessions that must have a notice by now
  Nanos notice_since_ = kNever;           // begin of the notices of this drain
  Nanos noticed_late_at_ = 0;             // time of the last look for sessions that were admitted late
  std::uint64_t late_call_ = 0;           // number of the last call that was reported as late
  FixedText<kReasonBytes> start_failure_; // the plugin that failed the last start, and its sentence
  FixedText<kReasonBytes> oldest_;        // the oldest blocker when the drain was last reported as stalled
  mutable std::uint64_t departures_ = 0;  // the largest number of departures read so far, as a sum of cells may fall
  Nanos status_since_ = 0;
  Tally refusals_{10 * kSecond, 10 * kSecond};
  Tally stale_releases_{0, kSecond};

  /// The service, as the plugins' hooks of a step see it.
  class Waiter final : public StepWaiter {
   public:
    explicit Waiter(Service &service) : service_(service) {}
    const std::string &name() const override { return service_.name(); }
    void hooks_done(std::uint32_t step, bool failed, std::string_view why) override { service_.hooks_done(step, failed, why); }

   private:
    Service &service_;
  };
  Waiter waiter_{*this};
};

}  // namespace tidegate::sdk

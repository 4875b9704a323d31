#include <cinttypes>
#include <cstdio>

#include "service/callback_pool.hpp"
#include "loop/callback_scope.hpp"
#include "events/event_text.hpp"
#include "service/service.hpp"
#include "tidegate/vocabulary/step.h"

// The calls of the server's callbacks, on a thread of the pool or inside tg_host_poll().
namespace tidegate::sdk {

using machine::Happening;

std::string_view Service::name_of(Callback which) {
  constexpr std::string_view kNames[] = {"start", "stop", "close", "notice"};
  return kNames[static_cast<std::size_t>(which)];
}

void Service::say_late(Callback which, Nanos took, std::string_view what) {
  const std::lock_guard lock(shared_.control);
  emit(TG_EVENT_CALLBACK_LATE, took / kSecond, state_.place, {}, ": " + std::string(name_of(which)) + std::string(what));
}

/// Makes a callback due, and wakes or queues for the thread that calls it. Threads: any.
void Service::call(Hook hook) {
  const bool is_queued = hooks_due_.fetch_or(hook, std::memory_order_acq_rel) != 0;
  if (shared_.callbacks == nullptr) return shared_.hooks.ring();
  if (!is_queued) shared_.callbacks->post(*this);
}

/// Sets what admissions do with late sessions, bits of LeavingWanted; under the control lock.
void Service::want_leaving(std::uint32_t wanted) { leaving_wanted_.store(wanted, std::memory_order_seq_cst); }

/// Calls one of the server's callbacks; the steward sees how long it takes. Returns: false when the host is being taken down: before the
/// call, which is then left out, or by the end of the call. The caller must then make no further call and report nothing.
template <class F>
bool Service::call_server(Callback which, F &&fn) {
  call_which_.store(static_cast<std::uint8_t>(which), std::memory_order_relaxed);
  calls_.fetch_add(1, std::memory_order_relaxed);
  call_since_.store(std::max<Nanos>(shared_.clock.last_tick(), 1), std::memory_order_seq_cst);
  const bool may = !shared_.silent.load(std::memory_order_seq_cst);
  if (may) {
    if (!call_watched_.load(std::memory_order_relaxed) && !call_watched_.exchange(true, std::memory_order_seq_cst))
      shared_.steward.ring();
    const CallbackScope scope;
    fn();
  }
  const Nanos took = until(shared_.clock.last_tick(), call_since_.exchange(0, std::memory_order_seq_cst));
  // The server's loop could not report a late callback while it was inside the callback.
  if (may && shared_.callbacks == nullptr && took >= kLateCall) say_late(which, took, " took long, and the server's loop stood still meanwhile");
  return may && !shared_.silent.load(std::memory_order_seq_cst);
}

std::string Service::call_in_progress() const {
  if (call_since_.load(std::memory_order_seq_cst) == 0) return {};
  return std::string(name_of(static_cast<Callback>(call_which_.load(std::memory_order_acquire))));
}

/// Asks the plugins' hooks of a step. Returns: true when the service must wait for hooks_done().
bool Service::wait_for_hooks(std::uint32_t step) {
  return shared_.steps.begin(waiter_, {step, state_.epoch, live(), action_.actor.view(), action_.reason.view()});
}

void Service::hooks_done(std::uint32_t step, bool failed, std::string_view why) {
  if (step != TG_STEP_STOPPING) {
    const std::lock_guard lock(shared_.control);
    start_failure_.assign(failed ? why : std::string_view());
  }
  if (step == TG_STEP_STOPPING)
    call(kStop);
  else
    call(failed ? kStartFailed : kStart);
}

void Service::run_hooks() {
  while (true) {
    const std::uint32_t due = hooks_due_.exchange(kTaken, std::memory_order_acq_rel) & ~std::uint32_t{kTaken};
    if (due != 0) {
      run_hooks(due);
      continue;
    }
    std::uint32_t taken = kTaken;
    if (hooks_due_.compare_exchange_strong(taken, 0, std::memory_order_acq_rel)) return;
  }
}

void Service::run_hooks(std::uint32_t due) {
  const tg_service_options &server = options_.callbacks;
  if ((due & kNotice) != 0) notice_sessions();
  if ((due & kNoticeAgain) != 0) notice_again();
  if ((due & kNoticeLate) != 0) notice_latecomers();
  if ((due & kName) != 0) name_blockers();
  if ((due & kClose) != 0) close_sessions();
  if ((due & kStop) != 0) {
    if (server.stop != nullptr && !call_server(Callback::stop, [&] { server.stop(server.user); })) return;
    report(Happening::stopped);
  }
  if ((due & kStartFailed) != 0) report(Happening::start_failed);
  if ((due & kStart) != 0) {
    tg_result result = TG_OK;
    if (server.start != nullptr && !call_server(Callback::start, [&] { result = server.start(server.user); })) return;
    report(result < 0 ? Happening::start_failed : Happening::started);
  }
}

void Service::report(Happening what, std::uint64_t count) {
  const std::lock_guard lock(shared_.control);
  machine::Input input{what};
  input.count = count;
  feed(input);
  shared_.steward.ring();
}

/// Tells each session to close. A session without a notice in this drain gets one first.
void Service::close_sessions() {
  const std::uint64_t epoch = closing_.load(std::memory_order_seq_cst);
  if (epoch == 0) return;
  const tg_service_options &server = options_.callbacks;
  std::uint64_t asked = 0;
  bool go_on = true;
  shared_.slab.for_each([&](tg_ticket ticket, const Session &session) {
    if (session.service != index()) return true;
    // closing_ is cleared before the gate opens, so no session that is admitted after a resume or a start is told.
    if (closing_.load(std::memory_order_seq_cst) != epoch) return false;
    const bool to_ask = server.notice != nullptr && session.kind != TG_KIND_CHILD;
    if (to_ask && shared_.slab.tell(ticket, index(), epoch)) {
      go_on = call_server(Callback::notice, [&] { server.notice(server.user, ticket, session.tag, 0); });
      asked += go_on ? 1 : 0;
    }
    if (go_on && server.close != nullptr)
      go_on = call_server(Callback::close, [&] { server.close(server.user, ticket, session.tag); });
    return go_on;
  });
  if (!go_on) return;
  if (asked != 0) report(Happening::noticed, asked);
  report(Happening::close_told);
}

/// Calls `fn` with each live session that is not a CHILD until it returns false, for as long as this drain gives notices.
template <class F>
void Service::for_each_to_notice(std::uint64_t epoch, F &&fn) const {
  shared_.slab.for_each([&](tg_ticket ticket, const Session &session) {
    if (session.service != index() || session.kind == TG_KIND_CHILD) return true;
    if (noticing_.load(std::memory_order_relaxed) != epoch) return false;
    return fn(ticket, session);
  });
}

/// Returns the time that sessions have until the deadline: 0 when they are told to close now, TG_FOREVER without a deadline.
Nanos Service::time_left() {
  const std::lock_guard lock(shared_.control);
  if (state_.place == machine::Place::closing || state_.place == machine::Place::stuck) return 0;
  return state_.deadline == kNever ? TG_FOREVER : until(state_.deadline, shared_.clock.monotonic());
}

/// Gives notices until notice_tenths_ tenths of the sessions have one, first to idle sessions, which lose nothing. Each session gets one.
void Service::notice_sessions() {
  const std::uint64_t epoch = noticing_.load(std::memory_order_relaxed);
  if (epoch == 0 || options_.callbacks.notice == nullptr) return;
  std::uint64_t tenths;
  {
    const std::lock_guard lock(shared_.control);
    tenths = notice_tenths_;
  }
  const Nanos left = time_left();
  std::uint64_t all = 0, asked = 0;
  for_each_to_notice(epoch, [&](tg_ticket, const Session &session) {
    ++all;
    asked += (session.flags_in(epoch) & TG_SESSION_TOLD) != 0 ? 1 : 0;
    return true;
  });
  const std::uint64_t wanted = (all * tenths + machine::kNoticeSteps - 1) / machine::kNoticeSteps;
  std::uint64_t told = 0;
  bool go_on = true;
  for (const bool idle : {true, false})
    for_each_to_notice(epoch, [&](tg_ticket ticket, const Session &session) {
      if (!go_on || asked + told >= wanted) return false;
      if (((session.marks & TG_SESSION_IDLE) != 0) == idle && shared_.slab.tell(ticket, index(), epoch))
        go_on = notice(ticket, session, left), ++told;
      return go_on;
    });
  if (go_on) report(Happening::noticed, told);
}

/// Gives one session a notice. Returns: false when no further callback may be called.
bool Service::notice(tg_ticket ticket, const Session &session, Nanos left) {
  const tg_service_options &server = options_.callbacks;
  return call_server(Callback::notice, [&] { server.notice(server.user, ticket, session.tag, left); });
}

/// Gives notices to the sessions that were admitted since the notices of this drain began.
void Service::notice_latecomers() {
  constexpr Nanos kTick = kSecond / 50;  // the admission time in a record is that of the last tick, and may be this old
  const std::uint64_t epoch = noticing_.load(std::memory_order_relaxed);
  if (epoch == 0 || options_.callbacks.notice == nullptr) return;
  Nanos since;
  {
    const std::lock_guard lock(shared_.control);
    since = notice_since_;
  }
  const Nanos left = time_left();
  std::uint64_t told = 0;
  bool go_on = true;
  for_each_to_notice(epoch, [&](tg_ticket ticket, const Session &session) {
    if (later(session.admitted, kTick) < since || !shared_.slab.tell(ticket, index(), epoch)) return true;
    go_on = notice(ticket, session, left), ++told;
    return go_on;
  });
  if (go_on) report(Happening::noticed, told);
}

/// Gives the noticed sessions another notice, as the deadline has become sooner.
void Service::notice_again() {
  const std::uint64_t epoch = noticing_.load(std::memory_order_relaxed);
  if (epoch == 0 || options_.callbacks.notice == nullptr) return;
  const Nanos left = time_left();
  std::uint64_t told = 0;
  bool go_on = true;
  for_each_to_notice(epoch, [&](tg_ticket ticket, const Session &session) {
    if ((session.flags_in(epoch) & TG_SESSION_TOLD) == 0) return true;
    go_on = notice(ticket, session, left), ++told;
    return go_on;
  });
  if (go_on) report(Happening::noticed_again, told);
}

/// Names the oldest session that is left, for the event of a stalled drain.
void Service::name_blockers() {
  tg_session_info oldest = TG_INIT(tg_session_info);
  for_each_session([&](const tg_session_info &session) {
    if (oldest.ticket == 0 || session.age_ns > oldest.age_ns) oldest = session;
    return true;
  });
  char text[kReasonBytes + 1] = "";
  if (oldest.ticket != 0)
    std::snprintf(text, sizeof text, ", the oldest with tag %" PRIu64 " for %" PRIu64 " s", oldest.tag,
                  oldest.age_ns / kSecond);
  {
    const std::lock_guard lock(shared_.control);
    oldest_.assign(text);
  }
  report(Happening::blockers_seen);
}

}  // namespace tidegate::sdk

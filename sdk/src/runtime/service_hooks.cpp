#include <cinttypes>
#include <cstdio>

#include "runtime/callback_scope.hpp"
#include "runtime/event_text.hpp"
#include "runtime/service.hpp"
#include "runtime/steps.hpp"
#include "tidegate/step.h"

// The host's callbacks: on the hooks' worker, or inside tg_host_poll().
namespace tidegate::sdk {

using machine::Happening;

void Service::call(Hook hook) {
  hooks_due_.fetch_or(hook, std::memory_order_release);
  shared_.hooks.ring();
}

/// Returns: true when plugins are asked first.
bool Service::wait_for_hooks(std::uint32_t step) {
  return shared_.steps.begin(*this, {step, state_.epoch, live(), action_.actor.view(), action_.reason.view()});
}

void Service::hooks_done(std::uint32_t step, bool failed) {
  if (step == TG_STEP_STOPPING)
    call(kStop);
  else
    call(failed ? kStartFailed : kStart);
}

void Service::run_hooks() {
  const std::uint32_t due = hooks_due_.exchange(0, std::memory_order_acq_rel);
  if (due == 0) return;
  const tg_service_options &host = options_.callbacks;
  if ((due & kNotice) != 0) notice_sessions();
  if ((due & kName) != 0) name_blockers();
  if ((due & kClose) != 0) close_sessions();
  if ((due & kStop) != 0) {
    if (host.stop != nullptr) {
      const CallbackScope scope;
      host.stop(host.user);
    }
    report(Happening::stopped);
  }
  if ((due & kStartFailed) != 0) report(Happening::start_failed);
  if ((due & kStart) != 0) {
    tg_result result = TG_OK;
    if (host.start != nullptr) {
      const CallbackScope scope;
      result = host.start(host.user);
    }
    report(result < 0 ? Happening::start_failed : Happening::started);
  }
}

void Service::report(Happening what, std::uint64_t count) {
  Journal::Position written;
  {
    const std::lock_guard lock(shared_.control);
    machine::Input input{what};
    input.count = count;
    feed(input);
    written = shared_.written;
    shared_.steward.ring();
  }
  shared_.make_durable(written);
}

void Service::close_sessions() {
  const std::uint64_t epoch = closing_.load(std::memory_order_seq_cst);
  if (epoch == 0) return;
  const CallbackScope scope;
  shared_.slab.for_each([&](tg_ticket ticket, const Session &session) {
    if (session.service != index()) return true;
    // A session of after a resume or a start is seen only after closing_ has been taken back: none of those is told.
    if (closing_.load(std::memory_order_seq_cst) != epoch) return false;
    options_.callbacks.close(options_.callbacks.user, ticket, session.tag);
    return true;
  });
}

/// Calls `fn` with each live session that is one of its own, for as long as this drain asks sessions to go.
template <class F>
void Service::for_each_to_notice(std::uint64_t epoch, F &&fn) const {
  shared_.slab.for_each([&](tg_ticket ticket, const Session &session) {
    if (session.service != index() || session.kind == TG_KIND_CHILD) return true;
    if (noticing_.load(std::memory_order_relaxed) != epoch) return false;
    fn(ticket, session);
    return true;
  });
}

/// Asks so many tenths of the sessions to go, idle ones first: nothing is lost when they do. Each is asked once in a drain.
void Service::notice_sessions() {
  const std::uint64_t epoch = noticing_.load(std::memory_order_relaxed);
  if (epoch == 0) return;
  std::uint64_t tenths, left;
  {
    const std::lock_guard lock(shared_.control);
    tenths = notice_tenths_;
    left = state_.deadline == kNever ? TG_FOREVER : until(state_.deadline, shared_.clock.monotonic());
  }
  std::uint64_t all = 0, asked = 0;
  for_each_to_notice(epoch, [&](tg_ticket, const Session &session) {
    ++all;
    asked += (session.flags_in(epoch) & TG_SESSION_TOLD) != 0 ? 1 : 0;
  });
  const std::uint64_t wanted = (all * tenths + machine::kNoticeSteps - 1) / machine::kNoticeSteps;
  std::uint64_t told = 0;
  const CallbackScope scope;
  for (const bool idle : {true, false})
    for_each_to_notice(epoch, [&](tg_ticket ticket, const Session &session) {
      if (asked + told >= wanted || ((session.marks & TG_SESSION_IDLE) != 0) != idle) return;
      if (!shared_.slab.tell(ticket, index(), epoch)) return;
      options_.callbacks.notice(options_.callbacks.user, ticket, session.tag, left);
      ++told;
    });
  report(Happening::noticed, told);
}

/// Names the oldest of those who are left, for the event that says that the drain is stalled.
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

#include <algorithm>
#include <utility>

#include "service/service.hpp"
#include "tidegate/vocabulary/event_number.h"
#include "tidegate/vocabulary/intent.h"

// The due work of a service: the steward, or the server's loop, calls it.
namespace tidegate::sdk {

using machine::Happening;
using machine::Input;
using machine::Place;

namespace {

/// Returns the text of an event about a callback that has not returned.
std::string late_text(std::string_view which) {
  return ": " + std::string(which) + " has not returned; only this service waits for it";
}

bool waits_for_the_last(Place place) {
  return place == Place::draining || place == Place::closing || place == Place::stuck;
}

}  // namespace

Nanos Service::attend() {
  const std::lock_guard lock(shared_.control);
  if (waits_for_the_last(state_.place) && admission_.gate().drained()) feed({Happening::gate_drained});
  attend_others();
  const Nanos now = shared_.clock.monotonic();
  if (now >= next_time(now)) feed({Happening::time}, now);
  say_tallies(false, state_.place);
  return std::min({next_time(now), refusals_.due(), stale_releases_.due(), attend_callbacks(now), attend_latecomers(now)});
}

/// Returns the time of the machine's next `time` input. A timed hold expires by the wall clock, which can be set at any time: while there
/// is such a hold, the wall clock is read every second.
Nanos Service::next_time(Nanos now) const {
  const Nanos next = machine::next_time(state_);
  if (state_.holds.next_expiry() == kNever || next == kNever) return next;
  machine::State moved = state_;
  moved.holds.follow(now, shared_.clock.unix_ns());
  const Nanos due = machine::next_time(moved);
  return due <= now ? due : std::min(due, later(now, kSecond));
}

/// Reports a late callback, once for each call. While a close or a notice hangs, the kill grace begins as if all sessions had been told.
/// Returns: the time of the next look.
Nanos Service::attend_callbacks(Nanos now) {
  Nanos since = call_since_.load(std::memory_order_seq_cst);
  if (since == 0) {
    call_watched_.store(false, std::memory_order_seq_cst);
    since = call_since_.load(std::memory_order_seq_cst);
    if (since == 0) return kNever;
    call_watched_.store(true, std::memory_order_seq_cst);
  }
  if (now < later(since, kLateCall)) return later(since, kLateCall);
  const std::uint64_t call = calls_.load(std::memory_order_acquire);
  if (std::exchange(late_call_, call) == call) return kNever;
  const auto which = static_cast<Callback>(call_which_.load(std::memory_order_acquire));
  emit(TG_EVENT_CALLBACK_LATE, until(now, since) / kSecond, state_.place, {}, late_text(name_of(which)));
  if (which == Callback::close || which == Callback::notice) feed({Happening::close_told}, now);
  return kNever;
}

/// Has sessions told that were admitted after the other sessions were told: to close at once, or a notice, twice a second at the most.
/// Returns: the time of the next look.
Nanos Service::attend_latecomers(Nanos now) {
  constexpr Nanos kPause = kSecond / 2;
  if (!came_late_.load(std::memory_order_acquire)) return kNever;
  const std::uint32_t wanted = leaving_wanted_.load(std::memory_order_relaxed);
  if (const Nanos due = later(noticed_late_at_, kPause); (wanted & kToClose) == 0 && noticed_late_at_ != 0 && now < due)
    return due;
  came_late_.store(false, std::memory_order_seq_cst);
  noticed_late_at_ = now;
  if ((wanted & kToClose) != 0)
    call(kClose);
  else if ((wanted & kToNotice) != 0)
    call(kNoticeLate);
  return kNever;
}

/// Reports to the machine that needed services have started or failed, or that the services that need this one have stopped.
void Service::attend_others() {
  Input now{Happening::time};
  facts(now);
  if (state_.place == Place::waiting && now.needs != machine::Needs::coming)
    feed({now.needs == machine::Needs::met ? Happening::needs_met : Happening::needs_failed});
  // Whether the service waits for other services to stop first.
  const bool waits = state_.place == Place::closing ? state_.hurry : state_.place == Place::drained;
  if (waits && state_.intent != TG_INTENT_STAY && !now.needed) feed({Happening::unneeded});
}

std::uint64_t Service::stale() const {
  return stale_.load(std::memory_order_seq_cst) + admission_.gate().surplus();
}

void Service::say_tallies(bool all, Place place) {
  const Nanos now = shared_.clock.monotonic();
  const std::uint64_t refused = admission_.refused();
  const std::uint64_t too_many = stale();
  const std::uint64_t unsaid_refusals = all ? refusals_.flush(refused, now) : refusals_.take(refused, now);
  const std::uint64_t unsaid_stale = stale_releases_.take(too_many, now);
  // A tally has no actor.
  if (unsaid_refusals != 0) emit(TG_EVENT_REFUSALS, unsaid_refusals, place, {});
  if (unsaid_stale != 0) emit(TG_EVENT_STALE_RELEASE, unsaid_stale, place, {});
  // While a tally waits, the timer reports it: a ring for each count would turn a storm of refusals into a storm of wakes. The next round,
  // or the round in progress, does the rest; a fence here would delay this event.
  if (all || refusals_.pending() || stale_releases_.pending() || !tallies_rung_.load(std::memory_order_relaxed)) return;
  tallies_rung_.store(false, std::memory_order_seq_cst);
  admission_.gate().cells().meet_notes();
  // Counts since the reading above did not ring, as the flag was still set.
  refusals_.notice(admission_.refused(), now);
  stale_releases_.notice(stale(), now);
  if (refusals_.pending() || stale_releases_.pending()) tallies_rung_.store(true, std::memory_order_release);
}

}  // namespace tidegate::sdk

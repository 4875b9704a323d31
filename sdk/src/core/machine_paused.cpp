#include "core/machine_turn.hpp"

namespace tidegate::sdk::machine::turns {
namespace {

void force(Turn &turn) {
  turn.go(Place::closing);
  turn.add(Kind::seal_gate);
}

/// Calls off the drain of the deadline's owner only; requests of other actors go on.
void call_off_at_deadline(Turn &turn) {
  State &state = turn.state;
  state.intent = state.others_intent;
  state.unheld = state.others_unheld;
  turn.emit(TG_EVENT_DEADLINE_RESUME);
  if (state.owner_holds && state.holds.lift(state.owner.view()))
    turn.emit(TG_EVENT_HOLD_LIFTED, state.holds.size(), state.owner);
  if (state.holds.empty() && !state.unheld) call_off(turn);
}

void deadline(Turn &turn) {
  State &state = turn.state;
  const bool force_it = state.at_deadline == TG_DEADLINE_FORCE;
  if (!force_it && turn.input.live == 0) return;  // the gate is empty, and gate_drained is about to be reported
  state.deadline = state.budget = kNever;         // the same deadline requested again is a new one
  state.affinity = false;
  if (force_it) return force(turn);
  turn.emit(TG_EVENT_DEADLINE, turn.input.live);
  const bool waits = state.at_deadline == TG_DEADLINE_RESUME && turn.input.ending;  // a host that ends opens no service
  switch (waits ? std::uint32_t{TG_DEADLINE_WAIT} : state.at_deadline) {
    case TG_DEADLINE_RESUME: return call_off_at_deadline(turn);
    case TG_DEADLINE_STOP: return hurry(turn, leads_to_stop(state.intent) ? state.intent : std::uint32_t{TG_INTENT_STOP});
    default: turn.emit(TG_EVENT_DEADLINE_WAIT, turn.input.live);
  }
}

void notice(Turn &turn) {
  State &state = turn.state;
  ++state.notices;
  state.notice_at = state.notices == kNoticeSteps ? kNever : later(state.notice_at, state.notice_window / kNoticeSteps);
  turn.add(Kind::notice_sessions, state.notices);
}

}  // namespace

/// Limits a notice window to half of the time that is left until a deadline that ends sessions.
Nanos bounded_window(const Turn &turn, Nanos window) {
  const Nanos end = end_of(turn.state.deadline, turn.state.at_deadline);
  return window == kNever || end == kNever ? window : std::min(window, until(end, turn.now) / 2);
}

void shut(Turn &turn) {
  State &state = turn.state;
  const std::uint64_t live = turn.input.count;
  turn.go(Place::draining);
  if (!state.said_started) {
    state.at_drain = live;
    turn.emit(TG_EVENT_DRAIN_STARTED, live);
  }
  state.said_started = true;
  if (live == 0) return complete(turn);
  if (state.hurry) return stop_in_a_hurry(turn);
  state.notice_window = bounded_window(turn, state.notice_window);
  if (state.notice_window != kNever) state.notice_at = turn.now;
  state.departures.begin(turn.input.departures, turn.config.stalled_after, turn.now);
}

/// Does the work of `draining` that is due, until a step leads to another place.
void time_draining(Turn &turn) {
  State &state = turn.state;
  if (expire_holds(turn)) return call_off(turn);
  if (turn.now >= state.deadline) deadline(turn);
  if (state.place != Place::draining) return;
  if (turn.now >= state.notice_at) notice(turn);
  if (state.departures.newly_still(turn.input.departures, turn.now)) turn.add(Kind::name_blockers);
}

void noticed(Turn &turn) {
  turn.state.told += turn.input.count;
  if (turn.input.count != 0) turn.emit(TG_EVENT_NOTICED, turn.input.count);
}

/// Reports second notices. The sessions were counted as told at their first notice.
void noticed_again(Turn &turn) {
  if (turn.input.count != 0) turn.emit(TG_EVENT_NOTICED, turn.input.count);
}

void stalled(Turn &turn) {
  if (turn.input.live != 0) turn.emit(TG_EVENT_STALLED, turn.input.live);
}

void time_announcing(Turn &turn) {
  State &state = turn.state;
  if (expire_holds(turn)) return call_off(turn);
  if (turn.now >= state.ramp_next) grow_ramp(turn);
  const bool still = state.arrivals.still(turn.input.arrivals, turn.now);
  if (still && turn.now >= state.announce_from)
    turn.emit(TG_EVENT_QUIET);
  else if (turn.now >= state.announce_until)
    turn.emit(TG_EVENT_ANNOUNCE_OVER);
  else
    return;
  shut_gate(turn);
}

void close(Turn &turn) {
  State &state = turn.state;
  if (turn.input.count == 0) return complete(turn);
  state.closing = turn.input.count;
  state.kill_at = turn.config.tells_to_close ? kNever : later(turn.now, state.kill_grace);
  state.notice_at = kNever;
  state.departures.end();
  turn.emit(TG_EVENT_DEADLINE, state.closing);
  turn.emit(TG_EVENT_FORCED, state.closing);
  turn.add(Kind::close_sessions);
}

/// Starts the kill grace when all sessions have been told, as telling them may take long.
void close_told(Turn &turn) {
  State &state = turn.state;
  if (!state.hurry && state.kill_at == kNever) state.kill_at = later(turn.now, state.kill_grace);
}

void time_closing(Turn &turn) {
  if (expire_holds(turn)) return call_off(turn);
  if (turn.now < turn.state.kill_at) return;
  turn.state.kill_at = kNever;
  turn.go(Place::stuck);
  turn.emit(TG_EVENT_NOT_CLOSED);
}

void time_drained(Turn &turn) {
  if (expire_holds(turn)) call_off(turn);
}

}  // namespace tidegate::sdk::machine::turns

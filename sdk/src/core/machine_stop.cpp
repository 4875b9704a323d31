#include "core/machine_turn.hpp"

namespace tidegate::sdk::machine::turns {
namespace {

void run_stop(Turn &turn) {
  turn.go(Place::stopping);
  turn.emit(TG_EVENT_STOPPING);
  turn.add(Kind::run_stop);
}

void stop_early(Turn &turn) {
  turn.state.kill_at = kNever;
  turn.go(Place::stopping);
  turn.emit(TG_EVENT_STOPPED_EARLY, turn.input.live);
  turn.add(Kind::run_stop);
}

}  // namespace

/// Stops the service if no service that needs it is left.
void stop_if_unneeded(Turn &turn) {
  if (turn.input.needed) return turn.emit(TG_EVENT_STILL_NEEDED);
  run_stop(turn);
}

/// Completes a drain; no other function does.
void complete(Turn &turn) {
  State &state = turn.state;
  if (state.closing != 0) turn.emit(TG_EVENT_ALL_CLOSED, state.closing);
  turn.go(Place::drained);
  if (!state.said_drained) turn.emit(TG_EVENT_DRAINED);
  state.said_drained = true;
  state.closing = 0;
  state.deadline = state.kill_at = state.notice_at = kNever;
  state.departures.end();
  if (leads_to_stop(state.intent)) stop_if_unneeded(turn);
}

/// Completes a stuck drain, and opens the gate if the last hold has expired meanwhile.
void complete_stuck(Turn &turn) {
  complete(turn);
  const State &state = turn.state;
  if (state.place == Place::drained && !leads_to_stop(state.intent) && state.holds.empty() && !state.unheld) call_off(turn);
}

void stopped(Turn &turn) {
  State &state = turn.state;
  const bool again = state.intent == TG_INTENT_RESTART;
  state.hurry = state.unheld = false;
  state.intent = TG_INTENT_STAY;
  state.holds.restart();
  turn.go(Place::stopped);
  turn.emit(TG_EVENT_STOPPED);
  if (!again) return;
  turn.go(Place::waiting);
  turn.emit(TG_EVENT_STARTING);
  if (turn.input.needs != Needs::met) return turn.emit(TG_EVENT_WAITING);
  run_start(turn);
}

/// Stops a service that has just started, as the host was told to end meanwhile.
void stop_just_started(Turn &turn) {
  turn.state.intent = TG_INTENT_STOP;
  turn.state.unheld = true;
  run_stop(turn);
}

void stop_unstarted(Turn &turn) {
  if (turn.input.what == Happening::drain && turn.input.drain.intent != TG_INTENT_STOP)
    return turn.refuse(TG_E_STATE, "it did not start, so there is nothing to drain; start it again, or stop it");
  turn.go(Place::stopped);
  turn.emit(TG_EVENT_STOPPED);
}

void stop_waiting(Turn &turn) {
  if (turn.input.what == Happening::drain && turn.input.drain.intent != TG_INTENT_STOP)
    return turn.refuse(TG_E_STATE, "it waits for a service that it needs, so there is nothing to drain; stop it");
  turn.go(Place::stopped);
  turn.emit(TG_EVENT_STOPPED);
}

void stop_now_stopping(Turn &turn) { turn.state.intent = TG_INTENT_STOP; }

/// Returns: whether the service may stop: no service that needs it stays. Refuses otherwise.
bool may_stop(Turn &turn) {
  if (!turn.input.kept_needed) return true;
  turn.refuse(TG_E_BUSY, "a service that needs it runs; stop that first, or both together");
  return false;
}

void stop_now(Turn &turn) {
  if (!may_stop(turn)) return;
  begin_epoch(turn);
  turn.state.intent = TG_INTENT_STOP;
  turn.state.unheld = true;
  turn.state.hurry = true;
  turn.go(Place::shutting);
  turn.add(Kind::seal_gate);
}

/// Stops without waiting for sessions. With `intent` RESTART the service starts again afterwards.
void hurry(Turn &turn, std::uint32_t intent) {
  turn.state.intent = intent;
  turn.state.unheld = true;
  turn.state.hurry = true;
  turn.state.announce_from = turn.state.announce_until = kNever;
  turn.state.arrivals.end();
  turn.state.ramp_began = turn.state.ramp_next = kNever;
  turn.state.ramp_base = 0;
  turn.go(Place::shutting);
  turn.add(Kind::seal_gate);
}

void stop_now_in_drain(Turn &turn) {
  if (may_stop(turn)) hurry(turn, TG_INTENT_STOP);
}

void stop_in_a_hurry(Turn &turn) {
  State &state = turn.state;
  state.deadline = state.kill_at = state.notice_at = kNever;
  state.departures.end();
  turn.add(Kind::close_sessions);
  if (!turn.input.needed) return stop_early(turn);
  state.closing = turn.input.count;
  turn.go(Place::closing);
  turn.emit(TG_EVENT_STILL_NEEDED);
}

void unneeded_closing(Turn &turn) {
  if (turn.state.hurry && !turn.input.needed) stop_early(turn);
}

void stop_now_drained(Turn &turn) {
  if (!may_stop(turn)) return;
  turn.state.intent = TG_INTENT_STOP;
  turn.state.unheld = true;  // no expiry of a hold calls off the stop
  stop_if_unneeded(turn);
}

void unneeded(Turn &turn) {
  if (leads_to_stop(turn.state.intent) && !turn.input.needed) run_stop(turn);
}

}  // namespace tidegate::sdk::machine::turns

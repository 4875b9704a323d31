#include "core/machine_turn.hpp"

namespace tidegate::sdk::machine::turns {
namespace {

Nanos next_ramp_step(const Turn &turn) { return later(turn.now, std::max<Nanos>(turn.config.ramp / kRampSteps, 1)); }

/// Adds the effects that open the gate. `was_shut`: the gate was shut, and clients may rush in, so a new ramp begins; otherwise a ramp in
/// progress goes on.
void open_gate(Turn &turn, Kind how, bool was_shut) {
  State &state = turn.state;
  state.intent = TG_INTENT_STAY;
  if (was_shut) {
    const bool ramps = turn.config.ramp != 0 && turn.config.max_sessions != 0 && !turn.input.no_ramp;
    state.ramp_began = ramps ? turn.now : kNever;
    state.ramp_base = ramps ? turn.input.sessions : 0;
  } else if (turn.input.no_ramp) {
    state.ramp_began = kNever;
  }
  const bool ramp = state.ramp_began != kNever && turn.now < later(state.ramp_began, turn.config.ramp);
  if (!ramp) {
    state.ramp_began = kNever;
    state.ramp_base = 0;
  }
  state.ramp_next = ramp ? next_ramp_step(turn) : kNever;
  turn.add(Kind::set_limit, limit_at(turn.config, state, turn.now));
  turn.add(how);
}

/// Returns the state after a drain, when the service is open again.
State after_drain(const State &state) {
  State next;
  next.epoch = state.epoch;
  next.at_drain = state.at_drain;
  next.holds = state.holds;
  next.ramp_began = state.ramp_began;
  next.ramp_next = state.ramp_next;
  next.ramp_base = state.ramp_base;
  return next;
}

/// Moves the service to ramping, or to running if there is no ramp.
void opened(Turn &turn) {
  turn.state = after_drain(turn.state);
  turn.go(turn.state.ramp_began == kNever ? Place::running : Place::ramping);
}

}  // namespace

void call_off(Turn &turn) {
  const bool was_shut = turn.state.said_started;
  const bool drained = turn.state.place == Place::drained;
  turn.go(Place::opening);
  open_gate(turn, drained || !was_shut ? Kind::open_gate : Kind::open_gate_unless_drained, was_shut);
}

void run_start(Turn &turn) {
  turn.go(Place::starting);
  turn.add(Kind::run_start);
}

void start(Turn &turn) {
  if (turn.input.needs == Needs::missing)
    return turn.refuse(TG_E_STATE, "a service that it needs is stopped; start that first, or both together");
  turn.go(Place::waiting);
  turn.emit(TG_EVENT_STARTING);
  if (turn.input.needs == Needs::coming) return turn.emit(TG_EVENT_WAITING);
  run_start(turn);
}

void start_failed(Turn &turn) {
  turn.go(Place::unstarted);
  turn.emit(TG_EVENT_START_FAILED);
}

void started(Turn &turn) {
  State &state = turn.state;
  expire_holds(turn);
  if (turn.input.ending) return stop_just_started(turn);
  if (state.holds.empty() && !turn.config.start_paused) return open_gate(turn, Kind::open_gate, state.epoch != 0);
  const bool recovered = state.recovered && !state.holds.empty();
  begin_epoch(turn);
  state.unheld = turn.config.start_paused || state.holds.empty();  // then no expiry of a hold opens the service
  shut_gate(turn);
  turn.emit(recovered ? TG_EVENT_RECOVERED : TG_EVENT_STARTED_PAUSED, state.holds.size());
}

void opened_after_start(Turn &turn) {
  opened(turn);
  turn.emit(TG_EVENT_RUNNING);
}

void resume(Turn &turn) {
  if (lift_holds(turn)) call_off(turn);
}

/// The last session left before the gate could be opened: event 25050 comes before the gate opens.
void drained_while_opening(Turn &turn) {
  turn.state.intent = TG_INTENT_STAY;
  complete(turn);
  turn.go(Place::opening);
  turn.add(Kind::open_gate);
}

void opened_again(Turn &turn) {
  opened(turn);
  turn.emit(TG_EVENT_RESUMING);
  if (turn.state.place == Place::running) turn.emit(TG_EVENT_RESUMED);
}

/// Raises the limit to the present step of the ramp, and ends the ramp when its time is over.
void grow_ramp(Turn &turn) {
  State &state = turn.state;
  const bool over = turn.now >= later(state.ramp_began, turn.config.ramp);
  turn.add(Kind::set_limit, limit_at(turn.config, state, turn.now));
  state.ramp_next = next_ramp_step(turn);
  if (!over) return;
  state.ramp_began = state.ramp_next = kNever;
  state.ramp_base = 0;
}

void time_ramping(Turn &turn) {
  grow_ramp(turn);
  if (turn.state.ramp_began != kNever) return;
  turn.go(Place::running);
  turn.emit(TG_EVENT_RESUMED);
}

/// A resume without a ramp ends the ramp in progress.
void resume_ramping(Turn &turn) {
  if (!turn.input.no_ramp) return;
  State &state = turn.state;
  state.ramp_began = state.ramp_next = kNever;
  state.ramp_base = 0;
  turn.add(Kind::set_limit, limit_at(turn.config, state, turn.now));
  turn.go(Place::running);
  turn.emit(TG_EVENT_RESUMED);
}

void resume_hurried(Turn &turn) {
  if (turn.state.hurry) return too_late(turn);
  resume(turn);
}

}  // namespace tidegate::sdk::machine::turns

#include "core/machine.hpp"

#include <algorithm>

#include "tidegate/event_number.h"
#include "tidegate/intent.h"
#include "tidegate/phase.h"
#include "tidegate/status.h"

namespace tidegate::sdk::machine {

/// One step in the making: the rows below fill it in.
struct Turn {
  const Input &input;
  const Nanos now;
  Step &out;
  State &state = out.state;

  void go(Place place) { state.place = place; }
  void emit(std::uint32_t number, std::uint64_t count = 0) {
    out.effects.add({Effect::Kind::emit, number, count, state.place});
  }
  void add(Effect::Kind kind) { out.effects.add({kind}); }
  void refuse(tg_result result, std::string_view why) {
    out.result = result;
    out.why = why;
  }
};

namespace {

using Kind = Effect::Kind;

// ---- parts of rows ----

void stop(Turn &turn) {
  turn.go(Place::stopping);
  turn.emit(TG_EVENT_STOPPING);
  turn.add(Kind::run_stop);
}

/// The one function that completes a drain.
void complete(Turn &turn) {
  State &state = turn.state;
  if (state.told != 0) turn.emit(TG_EVENT_ALL_CLOSED, state.told);
  turn.go(Place::drained);
  if (!state.said_drained) turn.emit(TG_EVENT_DRAINED);
  state.said_drained = true;
  state.told = 0;
  state.deadline = state.kill_at = kNever;
  if (state.intent == TG_INTENT_STOP) stop(turn);
}

void begin_epoch(Turn &turn, std::uint32_t intent, Nanos budget, Nanos kill_grace) {
  State next;
  next.epoch = turn.state.epoch + 1;
  next.intent = intent;
  next.budget = budget;
  next.deadline = later(turn.now, budget);
  next.kill_grace = kill_grace;
  turn.state = next;
  turn.go(Place::shutting);
}

/// Joins a second drain to the one in progress: the stricter part of each wins, and time that has run is not given back.
void merge(Turn &turn) {
  State &state = turn.state;
  const Input &ask = turn.input;
  const Nanos deadline = later(turn.now, ask.budget);
  const bool stop_asked = ask.intent == TG_INTENT_STOP && state.intent != TG_INTENT_STOP;
  const bool sooner = ask.budget != kNever && ask.budget != state.budget && deadline < state.deadline;
  const bool laxer_intent = ask.intent != TG_INTENT_STOP && state.intent == TG_INTENT_STOP;
  const bool laxer_time = ask.budget != kNever && ask.budget != state.budget && deadline >= state.deadline;
  if (!stop_asked && !sooner) {
    if (laxer_intent)
      turn.refuse(TG_E_CONFLICT, "a graceful stop is in progress and stays; resume first to change it");
    else if (laxer_time)
      turn.refuse(TG_E_CONFLICT, "a drain with an earlier deadline is in progress and stays; resume first to change it");
    return;
  }
  if (stop_asked) state.intent = TG_INTENT_STOP;
  if (sooner) {
    state.budget = ask.budget;
    state.deadline = deadline;
    state.kill_grace = ask.kill_grace;
  }
  turn.emit(TG_EVENT_DRAIN_MERGED);
}

// ---- the rows ----

void nothing(Turn &) {}

void start(Turn &turn) {
  turn.go(Place::starting);
  turn.emit(TG_EVENT_STARTING);
  turn.add(Kind::run_start);
}

void started(Turn &turn) { turn.add(Kind::open_gate); }

void start_failed(Turn &turn) {
  turn.go(Place::unstarted);
  turn.emit(TG_EVENT_START_FAILED);
}

void open_after_start(Turn &turn) {
  turn.go(Place::running);
  turn.emit(TG_EVENT_RUNNING);
}

void drain(Turn &turn) {
  begin_epoch(turn, turn.input.intent, turn.input.budget, turn.input.kill_grace);
  turn.add(Kind::shut_gate);
}

void stop_now(Turn &turn) {
  begin_epoch(turn, TG_INTENT_STOP, kNever, 0);
  turn.state.hurry = true;
  turn.add(Kind::seal_gate);
}

void stop_now_in_drain(Turn &turn) {
  turn.state.intent = TG_INTENT_STOP;
  turn.state.hurry = true;
  turn.go(Place::shutting);
  turn.add(Kind::seal_gate);
}

void shut(Turn &turn) {
  State &state = turn.state;
  const std::uint64_t live = turn.input.live;
  turn.go(Place::draining);
  if (!state.said_started) {
    state.at_drain = live;
    turn.emit(TG_EVENT_DRAIN_STARTED, live);
  }
  state.said_started = true;
  if (live == 0) return complete(turn);
  if (!state.hurry) return;
  state.deadline = state.kill_at = kNever;
  turn.go(Place::stopping);
  turn.emit(TG_EVENT_STOPPED_EARLY, live);
  turn.add(Kind::close_sessions);
  turn.add(Kind::run_stop);
}

void deadline(Turn &turn) {
  if (turn.now < turn.state.deadline) return;
  turn.state.deadline = kNever;
  turn.go(Place::closing);
  turn.add(Kind::seal_gate);
}

void close(Turn &turn) {
  State &state = turn.state;
  if (turn.input.live == 0) return complete(turn);
  state.told = turn.input.live;
  state.kill_at = later(turn.now, state.kill_grace);
  turn.emit(TG_EVENT_DEADLINE, state.told);
  turn.emit(TG_EVENT_FORCED, state.told);
  turn.add(Kind::close_sessions);
}

void kill_grace_over(Turn &turn) {
  if (turn.now < turn.state.kill_at) return;
  turn.state.kill_at = kNever;
  turn.go(Place::stuck);
  turn.emit(TG_EVENT_NOT_CLOSED);
}

void join_intent(Turn &turn) {
  if (turn.input.intent != TG_INTENT_STOP && turn.state.intent == TG_INTENT_STOP)
    return turn.refuse(TG_E_CONFLICT, "a graceful stop is in progress and stays; resume first to change it");
  if (turn.input.intent == turn.state.intent) return;
  turn.state.intent = TG_INTENT_STOP;
  turn.emit(TG_EVENT_DRAIN_MERGED);
}

void drain_drained(Turn &turn) {
  if (turn.input.intent != TG_INTENT_STOP) return;
  turn.state.intent = TG_INTENT_STOP;
  stop(turn);
}

void resume(Turn &turn) {
  turn.go(Place::opening);
  turn.add(Kind::open_gate_unless_drained);
}

void resume_drained(Turn &turn) {
  turn.go(Place::opening);
  turn.add(Kind::open_gate);
}

/// The last session left before the gate could be opened: 25050 goes out first.
void drained_while_opening(Turn &turn) {
  turn.state.intent = TG_INTENT_STAY;
  complete(turn);
  resume_drained(turn);
}

void open_again(Turn &turn) {
  State next;
  next.epoch = turn.state.epoch;
  next.at_drain = turn.state.at_drain;
  turn.emit(TG_EVENT_RESUMING);
  turn.state = next;
  turn.go(Place::running);
  turn.emit(TG_EVENT_RESUMED);
}

void stopped(Turn &turn) {
  turn.state.hurry = false;
  turn.go(Place::stopped);
  turn.emit(TG_EVENT_STOPPED);
}

void stop_unstarted(Turn &turn) {
  if (turn.input.what == Happening::drain && turn.input.intent != TG_INTENT_STOP)
    return turn.refuse(TG_E_STATE, "it did not start, so there is nothing to drain; start it again, or stop it");
  stopped(turn);
}

void drain_stopped(Turn &turn) {
  if (turn.input.intent != TG_INTENT_STOP) turn.refuse(TG_E_STATE, "it is stopped, so there is nothing to drain");
}

void drain_stopping(Turn &turn) {
  if (turn.input.intent != TG_INTENT_STOP)
    turn.refuse(TG_E_TOO_LATE, "it is stopping; wait until it has stopped, then start it");
}

void too_late(Turn &turn) { turn.refuse(TG_E_TOO_LATE, "it is stopping; wait until it has stopped, then start it"); }
void start_paused(Turn &turn) { turn.refuse(TG_E_STATE, "it is paused, not stopped; resume it"); }
void start_stopping(Turn &turn) { turn.refuse(TG_E_STATE, "it is stopping; start it when it has stopped"); }
void start_stuck(Turn &turn) {
  turn.refuse(TG_E_BUSY, "sessions of its last drain would not go; start it when they have, or stop it now");
}
void resume_stopped(Turn &turn) { turn.refuse(TG_E_STATE, "it is stopped; start it"); }
void resume_unstarted(Turn &turn) { turn.refuse(TG_E_STATE, "it did not start; start it again"); }
void resume_stuck(Turn &turn) {
  turn.refuse(TG_E_STATE, "sessions have been told to close and would not go; wait for them, or stop it now");
}
void drain_starting(Turn &turn) { turn.refuse(TG_E_STATE, "it is starting; drain it when it runs"); }
void stop_starting(Turn &turn) { turn.refuse(TG_E_STATE, "it is starting; stop it when it runs"); }

using P = Place;
using H = Happening;

constexpr Row kRows[] = {
    {P::stopped, H::start, start, "start hook runs"},
    {P::stopped, H::drain, drain_stopped, "graceful stop: nothing to do; else refused"},
    {P::stopped, H::stop_now, nothing, "nothing to do"},
    {P::stopped, H::resume, resume_stopped, "refused: start it"},

    {P::starting, H::start, nothing, "the same start"},
    {P::starting, H::drain, drain_starting, "refused"},
    {P::starting, H::stop_now, stop_starting, "refused"},
    {P::starting, H::started, started, "gate opens"},
    {P::starting, H::start_failed, start_failed, "Failed"},
    {P::starting, H::gate_opened, open_after_start, "Running"},

    {P::running, H::start, nothing, "runs already"},
    {P::running, H::drain, drain, "gate is shut"},
    {P::running, H::stop_now, stop_now, "gate is sealed"},
    {P::running, H::resume, nothing, "runs already"},

    {P::shutting, H::gate_shut, shut, "Paused/draining; drained when nobody is left; StopPending when in a hurry"},

    {P::draining, H::start, start_paused, "refused: resume it"},
    {P::draining, H::drain, merge, "the same drain, a stricter one joins, a laxer one is refused"},
    {P::draining, H::stop_now, stop_now_in_drain, "gate is sealed"},
    {P::draining, H::resume, resume, "gate opens unless nobody is left"},
    {P::draining, H::gate_drained, complete, "Paused/drained; StopPending by intent"},
    {P::draining, H::time, deadline, "at the deadline: gate is sealed"},

    {P::closing, H::start, start_paused, "refused: resume it"},
    {P::closing, H::drain, join_intent, "stop joins, a laxer one is refused"},
    {P::closing, H::stop_now, stop_now_in_drain, "gate is sealed"},
    {P::closing, H::resume, resume, "gate opens unless nobody is left"},
    {P::closing, H::gate_shut, close, "sessions are told to close; drained when nobody is left"},
    {P::closing, H::gate_drained, complete, "Paused/drained; StopPending by intent"},
    {P::closing, H::time, kill_grace_over, "at the end of the kill grace: Failed"},

    {P::drained, H::start, start_paused, "refused: resume it"},
    {P::drained, H::drain, drain_drained, "stop: StopPending; else nothing to do"},
    {P::drained, H::stop_now, stop, "StopPending"},
    {P::drained, H::resume, resume_drained, "gate opens"},

    {P::opening, H::gate_opened, open_again, "Running"},
    {P::opening, H::gate_drained, drained_while_opening, "25050 first, then the gate opens"},

    {P::stopping, H::start, start_stopping, "refused"},
    {P::stopping, H::drain, drain_stopping, "graceful stop: nothing to do; else too late"},
    {P::stopping, H::stop_now, nothing, "nothing to do"},
    {P::stopping, H::resume, too_late, "too late"},
    {P::stopping, H::stopped, stopped, "Stopped"},

    {P::unstarted, H::start, start, "start hook runs"},
    {P::unstarted, H::drain, stop_unstarted, "graceful stop: Stopped; else refused"},
    {P::unstarted, H::stop_now, stop_unstarted, "Stopped"},
    {P::unstarted, H::resume, resume_unstarted, "refused: start it"},

    {P::stuck, H::start, start_stuck, "refused until nobody is left"},
    {P::stuck, H::drain, join_intent, "stop joins, a laxer one is refused"},
    {P::stuck, H::stop_now, stop_now_in_drain, "gate is sealed"},
    {P::stuck, H::resume, resume_stuck, "refused"},
    {P::stuck, H::gate_drained, complete, "Paused/drained; StopPending by intent"},
};

/// What each place shows; in the order of Place.
struct Shown {
  std::string_view name;
  std::uint32_t status;
  std::uint32_t phase;
};
// clang-format off
constexpr Shown kShown[kPlaces] = {
    {"stopped", TG_STATUS_STOPPED, TG_PHASE_NONE},
    {"starting", TG_STATUS_START_PENDING, TG_PHASE_NONE},
    {"running", TG_STATUS_RUNNING, TG_PHASE_NONE},
    {"shutting", TG_STATUS_PAUSE_PENDING, TG_PHASE_DRAINING},
    {"draining", TG_STATUS_PAUSED, TG_PHASE_DRAINING},
    {"closing", TG_STATUS_PAUSED, TG_PHASE_CLOSING},
    {"drained", TG_STATUS_PAUSED, TG_PHASE_DRAINED},
    {"opening", TG_STATUS_CONTINUE_PENDING, TG_PHASE_NONE},
    {"stopping", TG_STATUS_STOP_PENDING, TG_PHASE_NONE},
    {"unstarted", TG_STATUS_FAILED, TG_PHASE_NONE},
    {"stuck", TG_STATUS_FAILED, TG_PHASE_CLOSING},
};
// clang-format on

constexpr std::string_view kHappeningNames[kHappenings] = {
    "start",     "drain",       "stop_now",     "resume",  "started", "start_failed",
    "gate_shut", "gate_opened", "gate_drained", "stopped", "time",
};

const Shown &shown(Place place) { return kShown[static_cast<std::size_t>(place)]; }

}  // namespace

std::uint32_t status_of(Place place) { return shown(place).status; }
std::uint32_t phase_of(Place place) { return shown(place).phase; }
std::string_view name_of(Place place) { return shown(place).name; }
std::string_view name_of(Happening happening) { return kHappeningNames[static_cast<std::size_t>(happening)]; }

std::span<const Row> rows() { return kRows; }

Step step(const State &state, const Input &input, Nanos now) {
  Step out;
  out.state = state;
  Turn turn{input, now, out};
  const auto row = std::ranges::find_if(kRows, [&](const Row &r) { return r.at == state.place && r.what == input.what; });
  if (row == std::end(kRows)) {
    turn.refuse(TG_E_STATE, "its status does not allow it");
    return out;
  }
  row->take(turn);
  return out;
}

Nanos next_time(const State &state) {
  if (state.place == Place::draining) return state.deadline;
  if (state.place == Place::closing) return state.kill_at;
  return kNever;
}

}  // namespace tidegate::sdk::machine

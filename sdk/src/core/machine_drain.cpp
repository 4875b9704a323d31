#include "core/machine_turn.hpp"

namespace tidegate::sdk::machine::turns {
namespace {

bool may_drain(Turn &turn) {
  const Drain &ask = turn.input.drain;
  const bool may_end_in_stop = ask.budget != kNever && ask.at_deadline == TG_DEADLINE_STOP;
  return (!leads_to_stop(ask.intent) && !may_end_in_stop) || may_stop(turn);
}

void set_deadline(Turn &turn, Nanos budget) {
  State &state = turn.state;
  const Drain &ask = turn.input.drain;
  state.budget = budget;
  state.deadline = later(turn.now, budget);
  state.at_deadline = ask.at_deadline;
  state.kill_grace = ask.kill_grace;
  state.owner = ask.hold.action.actor;
  state.owner_holds = ask.holds;
}

void begin_announcing(Turn &turn) {
  State &state = turn.state;
  const Drain &ask = turn.input.drain;
  state.announce_from = later(turn.now, ask.announce_min);
  state.announce_until = later(turn.now, ask.announce_max);
  state.arrivals.begin(turn.input.arrivals, ask.quiet, turn.now);
  turn.go(Place::announcing);
  turn.emit(TG_EVENT_ANNOUNCING, turn.input.live);
}

/// What of a second drain is stricter, or laxer, than the one in progress.
struct Comparison {
  bool intent_stricter, intent_laxer, sooner, not_sooner, other_end;
};

int strictness(std::uint32_t intent) { return intent == TG_INTENT_STOP ? 2 : intent == TG_INTENT_RESTART ? 1 : 0; }

Comparison compare(const Turn &turn) {
  const State &state = turn.state;
  const Drain &ask = turn.input.drain;
  const bool other_time = ask.budget != kNever && ask.budget != state.budget;
  const bool sooner = other_time && later(turn.now, ask.budget) < state.deadline;
  return {strictness(ask.intent) > strictness(state.intent), strictness(ask.intent) < strictness(state.intent), sooner,
          other_time && !sooner, ask.budget != kNever && !other_time && ask.at_deadline != state.at_deadline};
}

/// Joins a second drain to the one in progress: the stricter part of each wins, and time that has run is not given back.
/// `time_counts`: the deadline of the drain is still ahead.
void join_drain(Turn &turn, bool time_counts) {
  State &state = turn.state;
  const Drain &ask = turn.input.drain;
  Comparison than = compare(turn);
  if (!time_counts) than.sooner = than.not_sooner = than.other_end = false;
  const bool stricter = than.intent_stricter || than.sooner;
  if (!stricter && than.intent_laxer)
    return turn.refuse(TG_E_CONFLICT, "a graceful stop is in progress and stays; replace it, or resume first");
  if (!stricter && than.not_sooner)
    return turn.refuse(TG_E_CONFLICT,
                       "a drain with an earlier deadline is in progress and stays; replace it, or resume first");
  if (than.other_end)
    return turn.refuse(TG_E_CONFLICT, "its drain has that deadline, but another end in mind; replace it, or resume first");
  if (!may_drain(turn) || !place_hold(turn)) return;
  state.unheld |= !ask.holds;
  if (than.intent_stricter) state.intent = ask.intent;
  if (than.sooner) set_deadline(turn, ask.budget);
  if (stricter) turn.emit(TG_EVENT_DRAIN_MERGED);
}

void replace_drain(Turn &turn, bool time_counts) {
  State &state = turn.state;
  const Drain &ask = turn.input.drain;
  if (!may_drain(turn) || !place_hold(turn)) return;
  state.unheld = !ask.holds;
  state.intent = ask.intent;
  state.hurry = state.hurry && ask.intent == TG_INTENT_STOP;
  if (time_counts) {
    set_deadline(turn, ask.budget);
    state.affinity = ask.affinity;
    state.emergency = ask.emergency;
  }
  turn.emit(TG_EVENT_DRAIN_REPLACED);
}

void second_drain(Turn &turn, bool time_counts) {
  turn.input.drain.replace ? replace_drain(turn, time_counts) : join_drain(turn, time_counts);
}

}  // namespace

void drain_stopping(Turn &turn) {
  const std::uint32_t intent = turn.input.drain.intent;
  if (intent == turn.state.intent) return;
  if (intent == TG_INTENT_STOP && turn.state.intent == TG_INTENT_RESTART) {
    turn.state.intent = TG_INTENT_STOP;
    return turn.emit(TG_EVENT_DRAIN_MERGED);
  }
  turn.refuse(TG_E_TOO_LATE, "it is stopping; wait until it has stopped, then start it");
}

void begin_epoch(Turn &turn) {
  State next;
  next.place = turn.state.place;
  next.epoch = turn.state.epoch + 1;
  next.holds = turn.state.holds;
  turn.state = next;
}

void shut_gate(Turn &turn) {
  turn.state.announce_from = turn.state.announce_until = kNever;
  turn.state.arrivals.end();
  turn.go(Place::shutting);
  turn.add(Kind::shut_gate);
}

void drain(Turn &turn) {
  const Drain &ask = turn.input.drain;
  if (!may_drain(turn)) return;
  if (ask.announce && ask.announce_max >= ask.budget)
    return turn.refuse(TG_E_INVALID, "the announcement may last as long as the deadline, and would leave no time to drain");
  State &state = turn.state;
  begin_epoch(turn);
  state.intent = ask.intent;
  state.affinity = ask.affinity;
  state.emergency = ask.emergency;
  state.notice_window = ask.notice_window;
  state.unheld = !ask.holds;
  set_deadline(turn, ask.budget);
  turn.go(ask.announce ? Place::announcing : Place::shutting);
  if (!place_hold(turn)) return;
  ask.announce ? begin_announcing(turn) : shut_gate(turn);
}

void drain_announced(Turn &turn) {
  second_drain(turn, true);
  State &state = turn.state;
  if (turn.refused()) return;
  if (turn.input.drain.replace && !turn.input.drain.announce) return shut_gate(turn);
  state.announce_until = std::min(state.announce_until, state.deadline);
}

void drain_in_time(Turn &turn) { second_drain(turn, true); }

void drain_after_deadline(Turn &turn) {
  if (turn.state.hurry && turn.input.drain.intent != TG_INTENT_STOP) return too_late(turn);
  second_drain(turn, false);
}

void drain_drained(Turn &turn) {
  const bool was_to_stop = leads_to_stop(turn.state.intent);
  second_drain(turn, false);
  if (!turn.refused() && leads_to_stop(turn.state.intent) && !was_to_stop) stop_if_unneeded(turn);
}

}  // namespace tidegate::sdk::machine::turns

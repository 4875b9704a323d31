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

/// Limits the announcement to half of the time that is left until a deadline that ends sessions; the other half is for the drain.
void bound_announcement(Turn &turn) {
  State &state = turn.state;
  const Nanos end = end_of(state.deadline, state.at_deadline);
  const Nanos most = end == kNever ? state.deadline : later(turn.now, until(end, turn.now) / 2);
  state.announce_until = std::min(state.announce_until, most);
  state.announce_from = std::min(state.announce_from, state.announce_until);
}

void begin_announcing(Turn &turn) {
  State &state = turn.state;
  const Drain &ask = turn.input.drain;
  state.announce_from = later(turn.now, ask.announce_min);
  state.announce_until = later(turn.now, ask.announce_max);
  bound_announcement(turn);
  state.arrivals.begin(turn.input.arrivals, ask.quiet, turn.now);
  turn.go(Place::announcing);
  turn.emit(TG_EVENT_ANNOUNCING, turn.input.live);
}

/// Spreads the notices over this window from now on; notices begin when the gate is shut. Sessions with a notice get another one only when
/// the deadline has become sooner. `anew`: the steps of the notices begin again.
void notice_over(Turn &turn, Nanos window, bool anew, bool sooner) {
  State &state = turn.state;
  state.notice_window = bounded_window(turn, window);
  if (state.place != Place::draining) return;
  if (sooner && state.notices != 0) turn.add(Kind::notice_again);
  if (anew) state.notices = 0;
  state.notice_at = window == kNever || state.notices == kNoticeSteps ? kNever : turn.now;
}

int strictness(std::uint32_t intent) { return intent == TG_INTENT_STOP ? 2 : intent == TG_INTENT_RESTART ? 1 : 0; }

/// The deadline of a second drain, compared with the deadline in progress.
enum class Deadline : std::uint8_t {
  same,         // the same deadline, or the second drain has none
  ends_sooner,  // stricter: it ends sessions, and sooner
  sooner,       // stricter: neither deadline ends sessions, and both have the same policy, or none is in progress
  later,        // laxer
  other,        // laxer: it has another policy, or the actor may not make the deadline in progress sooner
};

/// `policy`: the policy of the deadline in progress after the join.
Deadline compare_deadlines(const Turn &turn, std::uint32_t policy) {
  const State &state = turn.state;
  const Drain &ask = turn.input.drain;
  if (ask.budget == kNever) return Deadline::same;
  const Nanos due = later(turn.now, ask.budget);
  const bool same_policy = ask.at_deadline == policy;
  if (same_policy && (ask.budget == state.budget || due == state.deadline)) return Deadline::same;
  const Nanos end = end_of(state.deadline, policy);
  if (end_of(due, ask.at_deadline) < end) return Deadline::ends_sooner;
  if (end != kNever) return same_policy ? Deadline::later : Deadline::other;
  if (state.deadline == kNever) return Deadline::sooner;
  // Only the actor that set a deadline of RESUME can make it sooner.
  const bool may_hasten = policy != TG_DEADLINE_RESUME || ask.hold.action.actor == state.owner;
  if (!same_policy || !may_hasten) return Deadline::other;
  return due < state.deadline ? Deadline::sooner : Deadline::later;
}

/// Notes the intent and the missing hold of the other actors' drains, which stay when a deadline of RESUME calls off its owner's drain.
void note_others(Turn &turn, bool takes_deadline) {
  State &state = turn.state;
  const Drain &ask = turn.input.drain;
  if (ask.hold.action.actor == state.owner) return;
  if (takes_deadline) {  // the drains before this one are the others from now on
    state.others_intent = state.intent;
    state.others_unheld = state.unheld;
    return;
  }
  if (strictness(ask.intent) > strictness(state.others_intent)) state.others_intent = ask.intent;
  state.others_unheld |= !ask.holds;
}

/// Refuses with TG_E_CONFLICT. While the host ends, a common sentence replaces `why`, whose advice would be refused.
void conflict(Turn &turn, std::string_view why) {
  if (turn.input.ending) why = "the host is ending, and the drain in progress keeps its earlier deadline";
  turn.refuse(TG_E_CONFLICT, why);
}

/// Takes away permissions that the second drain does not ask for, and shortens the notices if it asks for that. Returns: whether the drain
/// in progress became stricter.
bool tighten(Turn &turn) {
  State &state = turn.state;
  const Drain &ask = turn.input.drain;
  bool stricter = (state.affinity && !ask.affinity) || (state.emergency && !ask.emergency);
  state.affinity = state.affinity && ask.affinity;
  state.emergency = state.emergency && ask.emergency;
  if (ask.notice_given && ask.notice_window < state.notice_window) {
    notice_over(turn, ask.notice_window, false, false);
    stricter = true;
  }
  return stricter;
}

/// Returns: whether the second drain asks for something that the drain in progress does not do, also after the join.
bool keeps_its_own(const Turn &turn, Deadline than) {
  const State &state = turn.state;
  const Drain &ask = turn.input.drain;
  const bool by_another = !(ask.hold.action.actor == state.owner);
  const bool asked_otherwise = ask.budget == kNever || than == Deadline::later || than == Deadline::other;
  const bool keeps_grace = ask.budget != kNever && state.at_deadline == TG_DEADLINE_FORCE && ask.kill_grace != state.kill_grace;
  return (asked_otherwise && state.deadline != kNever && by_another) || keeps_grace || (ask.affinity && !state.affinity) ||
         (ask.emergency && !state.emergency);
}

/// Joins a second drain to the one in progress: for each option the stricter one counts, and no clock is reset.
/// `time_counts`: the deadline of the drain in progress is ahead.
void join_drain(Turn &turn, bool time_counts) {
  State &state = turn.state;
  const Drain &ask = turn.input.drain;
  const bool stricter = strictness(ask.intent) > strictness(state.intent);
  const bool laxer = strictness(ask.intent) < strictness(state.intent);
  // A deadline of RESUME does not call off a stop or a restart that has joined.
  const bool goes_on = (stricter || turn.input.ending) && state.at_deadline == TG_DEADLINE_RESUME;
  const std::uint32_t policy = goes_on ? std::uint32_t{TG_DEADLINE_WAIT} : state.at_deadline;
  const Deadline than = time_counts ? compare_deadlines(turn, policy) : Deadline::same;
  if (laxer && than != Deadline::ends_sooner)
    return conflict(turn, "a graceful stop is in progress and stays; replace it, or resume first");
  if (!stricter && than == Deadline::later)
    return conflict(turn, "a drain with an earlier deadline is in progress and stays; replace it, or resume first");
  if (!stricter && than == Deadline::other)
    return conflict(
        turn, "the drain in progress does something else at its deadline and keeps it; replace it, or resume first");
  if (!may_drain(turn) || !place_hold(turn)) return;
  const bool takes_deadline = than == Deadline::ends_sooner || than == Deadline::sooner;
  note_others(turn, takes_deadline);
  state.unheld |= !ask.holds;
  if (stricter) state.intent = ask.intent;
  state.at_deadline = policy;
  const Nanos before = state.deadline;
  if (takes_deadline) {
    set_deadline(turn, ask.budget);
    notice_over(turn, std::min(ask.notice_window, state.notice_window), false, state.deadline < before);
  }
  const bool tightened = time_counts && tighten(turn);
  if (stricter || takes_deadline || tightened) turn.emit(TG_EVENT_DRAIN_MERGED);
  if (time_counts && keeps_its_own(turn, than)) turn.out.result = TG_JOINED;
}

void replace_drain(Turn &turn, bool time_counts) {
  State &state = turn.state;
  const Drain &ask = turn.input.drain;
  state.holds.forget_stops();
  if (!may_drain(turn) || !place_hold(turn)) return;
  state.unheld = !ask.holds;
  state.intent = ask.intent;
  state.others_intent = TG_INTENT_STAY;
  state.others_unheld = false;
  state.hurry = state.hurry && ask.intent == TG_INTENT_STOP;
  if (time_counts) {
    const Nanos before = state.deadline;
    set_deadline(turn, ask.budget);
    state.affinity = ask.affinity;
    state.emergency = ask.emergency;
    notice_over(turn, ask.notice_window, true, state.deadline < before);
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
  turn.state.ramp_began = turn.state.ramp_next = kNever;
  turn.state.ramp_base = 0;
  turn.go(Place::shutting);
  turn.add(Kind::shut_gate);
}

void drain(Turn &turn) {
  const Drain &ask = turn.input.drain;
  if (!may_drain(turn)) return;
  if (ask.announce && ask.announce_max >= ask.budget)
    return turn.refuse(TG_E_INVALID, "the announcement may last as long as the deadline, and would leave no time to drain");
  State &state = turn.state;
  const State before = state;
  begin_epoch(turn);
  if (ask.announce) {  // the service admits, and ramps, as before until the gate is shut; a resume may come first
    state.ramp_began = before.ramp_began;
    state.ramp_next = before.ramp_next;
    state.ramp_base = before.ramp_base;
  }
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

/// Joins a second announcement, which ends at the earlier of both maxima; an announcement that replaces begins anew.
void announce_again(Turn &turn) {
  State &state = turn.state;
  const Drain &ask = turn.input.drain;
  const Nanos until = later(turn.now, ask.announce_max);
  if (ask.replace) {
    state.announce_from = later(turn.now, ask.announce_min);
    state.announce_until = until;
    state.arrivals.begin(turn.input.arrivals, ask.quiet, turn.now);
  }
  state.announce_until = std::min(state.announce_until, until);
  bound_announcement(turn);
}

void drain_announced(Turn &turn) {
  second_drain(turn, true);
  if (turn.refused()) return;
  // A request without an announcement means "refuse from now on", and ends the announcement of another actor, too.
  turn.input.drain.announce ? announce_again(turn) : shut_gate(turn);
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

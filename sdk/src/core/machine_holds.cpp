#include "core/machine_turn.hpp"

namespace tidegate::sdk::machine::turns {
namespace {

/// Lifts the actor's hold, which starts no service. Without any hold the request is refused with `otherwise`.
void lift_only(Turn &turn, std::string_view otherwise) {
  const std::size_t before = turn.state.holds.size();
  if (before != 0) return static_cast<void>(lift_holds(turn));
  turn.refuse(TG_E_STATE, otherwise);
}

/// Lifts the hold of an actor. Returns: false when the actor has no hold.
bool lift(Turn &turn, std::string_view actor) {
  if (!turn.state.holds.lift(actor)) return false;
  turn.emit(TG_EVENT_HOLD_LIFTED, turn.state.holds.size());
  return true;
}

}  // namespace

/// Places the hold of the drain, unless its actor has a hold that lasts as long. An actor that pauses for a time and then stops wants
/// both: the expiry of the hold does not call off the stop. A stop goes on without a hold when there is no room for one. Returns: false
/// when there is no room and the drain is refused.
bool place_hold(Turn &turn) {
  const Drain &ask = turn.input.drain;
  if (!ask.holds) return true;
  Holds &holds = turn.state.holds;
  const Hold *mine = holds.find(ask.hold.action.actor.view());
  const bool had_stop = mine != nullptr && !ask.replace && leads_to_stop(turn.state.intent) &&
                        (mine->stops || mine->lasts == TG_HOLD_UNTIL_RESTART);
  if (mine != nullptr && mine->covers(ask.hold) && (!ask.replace || ask.hold.covers(*mine))) {
    Hold kept = *mine;
    kept.stops = kept.lasts == TG_HOLD_UNTIL_TIME && (kept.stops || leads_to_stop(ask.intent));
    return holds.place(kept);
  }
  Hold wanted = ask.hold;
  wanted.stops = wanted.lasts == TG_HOLD_UNTIL_TIME && had_stop;
  if (!holds.place(wanted)) {
    if (ask.intent == TG_INTENT_STOP) {
      turn.state.unheld = true;
      return true;
    }
    turn.refuse(TG_E_LIMIT, "eight actors hold it, and there is no room for another; one of them must resume first");
    return false;
  }
  turn.emit(TG_EVENT_HOLD_PLACED, turn.state.holds.size());
  return true;
}

/// Lifts the hold of the resuming actor and the hold of the unknown actor. Returns: true when the service has no hold any more.
bool lift_holds(Turn &turn) {
  Holds &holds = turn.state.holds;
  const std::size_t before = holds.size();
  if (turn.input.all_holds && before != 0) {
    holds.clear();
    turn.emit(TG_EVENT_HOLDS_OVERRIDDEN, before);
  } else {
    const bool mine = lift(turn, turn.input.by.actor.view());
    const bool nobodys = lift(turn, {});
    if (!mine && !nobodys && !holds.empty()) {
      turn.refuse(TG_E_HELD, "it is held by others, and stays paused until they resume it; or lift all holds");
      return false;
    }
  }
  if (holds.empty()) return true;
  turn.out.result = TG_HELD;
  return false;
}

/// Removes the holds that have expired. Returns: true when the service has no other reason to stay paused.
bool expire_holds(Turn &turn) {
  bool any = false;
  for (Hold expired; turn.state.holds.expire(turn.now, expired); any = true)
    turn.emit(TG_EVENT_HOLD_EXPIRED, turn.state.holds.size(), expired.action.actor);
  return any && turn.state.holds.empty() && !turn.state.unheld;
}

void time_only_holds(Turn &turn) { expire_holds(turn); }

void resume_starting(Turn &turn) { lift_only(turn, "it is starting, and nobody holds it"); }

void resume_stopped(Turn &turn) { lift_only(turn, "it is stopped; start it"); }

void resume_unstarted(Turn &turn) { lift_only(turn, "it did not start; start it again"); }

}  // namespace tidegate::sdk::machine::turns

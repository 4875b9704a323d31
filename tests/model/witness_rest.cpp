#include "names.hpp"
#include "tidegate/vocabulary/intent.h"
#include "witness.hpp"

// What must be so once an input has been dealt with, and where time alone must not come to an end.
namespace tidegate::model {

using sdk::Gate;
using sdk::machine::Place;
using sdk::machine::State;
using I = Invariant;

namespace {

/// Of the hold of an actor that paused for a time, and has asked for a stop too, the stop's part is left when the time is over.
void forget_time(Seen &seen, const State &state, Nanos now) {
  const HoldNotes notes = notes_of(state.holds);
  for (std::size_t actor = 0; actor < kHolders; ++actor) {
    HoldNote &said = seen.holds[actor];
    if (said.lasts == TG_HOLD_UNTIL_TIME && said.expires <= now && notes[actor].lasts == TG_HOLD_UNTIL_RESTART)
      said = {TG_HOLD_UNTIL_RESTART, kNever};
  }
}

HoldNotes without_stops(HoldNotes notes) {
  for (HoldNote &note : notes) note.stops = false;
  return notes;
}

}  // namespace

void Witness::at_rest() {
  for (std::size_t i = 0; i < scenario_.services; ++i) {
    Service &it = world_.of[i];
    const State &state = it.state;
    const Seen &seen = it.seen;
    const Place place = state.place;
    const Gate::Position position = it.gate.position();
    const bool admits = place == Place::running || place == Place::ramping;

    require(place != Place::shutting && place != Place::opening, I::rests_nowhere_between, i, "it rests in between");
    forget_time(it.seen, state, world_.now);
    require(without_stops(notes_of(state.holds)) == seen.holds, I::holds_as_said, i, "the holds are not those that the events say");
    if (admits) {
      require(state.holds.empty() && seen.holds == HoldNotes{}, I::runs_unheld, i, "it runs while somebody holds it");
      require(it.ready && position == Gate::Position::open, I::open_means_ready, i, "it runs, and is not open and ready");
    }
    const std::uint64_t most = scenario_.config[i].max_sessions;
    if (place == Place::running) require(it.limit == most, I::whole_limit, i, "it runs with a part of its limit");
    if (place == Place::ramping) require(it.limit >= 1 && it.limit <= most, I::whole_limit, i, "the ramp's limit is none");

    const bool open_here = admits || place == Place::announcing;
    require(open_here == (position == Gate::Position::open), I::gate_follows_place, i, "the gate is elsewhere");
    if (place == Place::draining && it.gate.live() != 0)
      require(position == Gate::Position::draining, I::children_get_in, i, "the gate is sealed before the deadline");
    if (place == Place::closing || place == Place::stuck)
      require(position == Gate::Position::sealed, I::sealed_past_deadline, i, "the gate lets work in past the deadline");
    if (place == Place::drained) require(it.gate.live() == 0, I::drained_is_empty, i, "drained, with somebody inside");

    const bool told = seen.told_close || it.gate.live() == 0;
    const bool past = place == Place::closing || place == Place::stuck || place == Place::stopping;
    require(!past || told, I::left_are_told, i, "sessions are left that nobody told to close");

    const bool clock_runs = place == Place::announcing || place == Place::draining;
    const Nanos end = end_of(state);
    if (place == Place::announcing && end != kNever)
      require(state.announce_until <= world_.now + sdk::until(end, world_.now) / 2, I::announces_half, i,
              "it announces for longer than half of the time until sessions must end");
    if (clock_runs) {
      require(state.deadline <= seen.due, I::deadline_as_asked, i, "the deadline is later than was asked for, or gone");
      require(state.deadline >= seen.due, I::deadline_as_asked, i, "the deadline is earlier than anybody asked for");
      require(seen.due == kNever || state.at_deadline == seen.at_due, I::deadline_as_asked, i,
              "what happens at the deadline is not what was asked for");
      const bool same_drain = before_[i].epoch == state.epoch && !since_[i].replaced && !since_[i].deadline &&
                              (before_[i].place == Place::announcing || before_[i].place == Place::draining);
      require(!same_drain || end_of(state) <= before_[i].end, I::clock_never_resets, i, "the end moves away");
    }
    const bool is_paused = clock_runs || place == Place::closing || place == Place::drained || place == Place::stuck;
    require(!is_paused || seen.stoppers == 0 || state.intent != TG_INTENT_STAY, I::stop_is_kept, i,
            "it is not to stop any more, and who asked for that has not called it off");
    if (past) require(seen.due == kNever, I::deadline_is_said, i, "a deadline has passed that was not said");
    // A service that has restarted since has forgotten 25050; `stop_is_explained` demands one before 25003.
    require(!since_[i].deadline || since_[i].policy || seen.drained || since_[i].stopped, I::deadline_is_said, i,
            "25121 without what follows from it");

    require(!it.start_due || place == Place::starting, I::hooks_in_place, i, "a start hook runs in another place");
    require(!it.stop_due || place == Place::stopping, I::hooks_in_place, i, "a stop hook runs in another place");
  }
}

void Witness::at_the_end(bool everybody_left) {
  const I invariant = everybody_left ? I::empty_comes_to_rest : I::wait_is_explained;
  for (std::size_t i = 0; i < scenario_.services; ++i) {
    const Service &it = world_.of[i];
    const State &state = it.state;
    const bool left = it.gate.live() != 0;
    if (world_.end.is_terminating() && everybody_left)
      require(sdk::HostEnd::is_over(state.place), I::end_is_reached, i, "the host was told to end, and the service stays");
    const bool restarting = i == 0 && scenario_.services > 1 && world_.of[1].state.intent == TG_INTENT_RESTART;
    require(state.holds.next_expiry() == kNever, invariant, i, "a hold never expires");
    switch (state.place) {
      case Place::stopped:
      case Place::running:
      case Place::unstarted: break;
      case Place::waiting:
        require(restarting && !everybody_left, invariant, i, "it waits for a service that will not start");
        break;
      case Place::draining:
        require(left && !everybody_left, invariant, i, "it drains with nobody inside");
        require(state.deadline == kNever, invariant, i, "a deadline never comes");
        break;
      case Place::closing:
        require(left && !everybody_left, invariant, i, "it waits for sessions to close, and nobody is inside");
        require(state.hurry && needed(i), invariant, i, "it waits for sessions to close for ever");
        break;
      case Place::stuck: require(left && !everybody_left, invariant, i, "it is stuck with nobody inside"); break;
      case Place::drained:
        if (state.intent == TG_INTENT_STAY)
          require(!state.holds.empty() || state.unheld, invariant, i, "it stays paused, and nobody wants it to");
        else
          require(needed(i), invariant, i, "it is to stop, and does not, though nobody needs it");
        break;
      default: require(false, invariant, i, "it stays in a place that is to be passed through");
    }
  }
}

void Witness::spins(std::uint8_t on) {
  require(false, I::steward_rests, on == 2 ? 1 : 0, "the steward is called again at once, for ever");
}

void Witness::nobody_looks(std::size_t service) {
  require(false, I::steward_is_rung, service, "it could go on, and nobody has rung the steward");
}

void Witness::no_room() { require(false, I::model_has_room, 0, "the state has something that the model does not keep"); }

}  // namespace tidegate::model

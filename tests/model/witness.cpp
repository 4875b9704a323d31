#include "witness.hpp"

#include <algorithm>

#include "names.hpp"
#include "tidegate/vocabulary/event_number.h"
#include "tidegate/vocabulary/intent.h"

namespace tidegate::model {

using sdk::Gate;
using sdk::machine::Effect;
using sdk::machine::Happening;
using sdk::machine::Place;
using sdk::machine::State;
using sdk::machine::Step;
using I = Invariant;

namespace {

bool is_clock_running(Place place) { return place == Place::announcing || place == Place::draining; }

int strictness(std::uint32_t intent) { return intent == TG_INTENT_STOP ? 2 : intent == TG_INTENT_RESTART ? 1 : 0; }

bool is_paused(Place place) {
  return is_clock_running(place) || place == Place::closing || place == Place::drained || place == Place::stuck;
}

}  // namespace

void Witness::begin() {
  violation_.reset();
  since_ = {};
  for (std::size_t i = 0; i < scenario_.services; ++i) {
    const Service &service = world_.of[i];
    before_[i] = {service.state.place, service.state.epoch, service.seen.epoch, service.state.intent, end_of(service.state),
                  service.seen.holds};
  }
}

void Witness::require(bool fact, I invariant, std::size_t service, const char *what) {
  if (fact || violation_ || !looked_[static_cast<std::size_t>(invariant)]) return;
  violation_ = Violation{invariant, service, what};
}

// ---- the machine ----

void Witness::entering(std::size_t service, const State &next) {
  const State &now = world_.of[service].state;
  require(next.epoch >= now.epoch, I::epochs_grow, service, "the epoch shrinks");
  if (next.epoch == now.epoch) return;
  Seen &it = seen(service);
  it.started = it.drained = it.early = it.reopened = false;
  it.unheld = it.stoppers = 0;
}

void Witness::emitted(std::size_t service, const Effect &effect, const sdk::machine::Input &asked) {
  Service &it = world_.of[service];
  Seen &seen = it.seen;
  if (lines_ != nullptr)
    note("  " + std::string(1, name_of(service)) + " says " + std::to_string(effect.number) + " " +
         std::string(text_of_event(effect.number)) +
         (effect.actor.empty() ? "" : " of " + std::string(effect.actor.view())));
  const std::uint8_t actor = actor_of((effect.actor.empty() ? asked.by.actor : effect.actor).view());
  Since &since = since_[service];
  switch (effect.number) {
    case TG_EVENT_DRAIN_STARTED:
      require(!seen.started, I::events_in_order, service, "25049 twice in an epoch");
      require(!seen.stopped, I::events_in_order, service, "25049 after 25003");
      require(it.state.epoch > seen.epoch, I::epochs_grow, service, "25049 of an epoch that has been before");
      require(!it.gate.is_open(), I::gate_follows_place, service, "25049 while the gate is open");
      seen.started = true;
      seen.reopened = false;
      seen.epoch = it.state.epoch;
      break;
    case TG_EVENT_DRAINED:
      require(seen.started, I::events_in_order, service, "25050 without 25049");
      require(!seen.stopped, I::events_in_order, service, "25050 after 25003");
      require(!seen.drained, I::drained_once, service, "25050 twice in an epoch");
      require(it.gate.live() == 0 && !it.gate.is_open(), I::drained_is_empty, service,
              "25050 with somebody inside, or with the gate open");
      seen.drained = true;
      seen.due = kNever;
      break;
    case TG_EVENT_STOPPED_EARLY: seen.early = since.policy = true; break;
    case TG_EVENT_STOPPED:
      require(!seen.stopped, I::stopped_once, service, "25003 twice");
      require(!seen.ran || (seen.started && (seen.drained || seen.early)), I::stop_is_explained, service,
              "25003 without 25049, or without 25050 or 25125");
      seen.stopped = since.stopped = true;
      seen.due = kNever;
      seen.unheld = seen.stoppers = 0;
      for (HoldNote &hold : seen.holds)
        if (hold.lasts == TG_HOLD_UNTIL_RESTART) hold = {};
      break;
    case TG_EVENT_STARTING: seen.stopped = seen.ran = seen.started = seen.drained = seen.early = false; break;
    case TG_EVENT_DEADLINE:
      since.deadline = true;
      seen.due = kNever;
      break;
    case TG_EVENT_DEADLINE_RESUME:
      since.policy = true;
      seen.unheld &= static_cast<Actors>(~(1u << seen.due_of));  // the drain of its owner is called off, no other
      seen.stoppers &= static_cast<Actors>(~(1u << seen.due_of));
      break;
    case TG_EVENT_RUNNING: seen.ran = true; break;
    case TG_EVENT_STARTED_PAUSED:
    case TG_EVENT_RECOVERED:
      seen.ran = true;
      seen.unheld = scenario_.config[service].start_paused || seen.holds == HoldNotes{} ? kEverybody : 0;
      break;
    case TG_EVENT_FORCED:
    case TG_EVENT_DEADLINE_WAIT:
    case TG_EVENT_STILL_NEEDED: since.policy = true; break;
    case TG_EVENT_DRAIN_REPLACED: since.replaced = true; break;
    case TG_EVENT_HOLD_PLACED:
      if (actor < kHolders) seen.holds[actor] = {asked.drain.hold.lasts, asked.drain.hold.expires};
      break;
    case TG_EVENT_HOLD_EXPIRED:
      if (actor >= kHolders) break;
      require(seen.holds[actor].expires <= world_.now, I::expiry_in_time, service, "a hold expires before its time");
      seen.holds[actor] = {};
      break;
    case TG_EVENT_HOLD_LIFTED:
      // Who resumes lifts its own, and then that of nobody in particular.
      if (actor < kHolders && seen.holds[actor].is_there())
        seen.holds[actor] = {};
      else
        seen.holds[kNobody] = {};
      break;
    case TG_EVENT_HOLDS_OVERRIDDEN: seen.holds = {}; break;
    default: break;
  }
}

void Witness::asked_to_close(std::size_t service) { seen(service).told_close = true; }

void Witness::refused_with_effect(std::size_t service) {
  require(false, I::refusal_changes_nothing, service, "what was refused had an effect");
}

void Witness::answered(std::size_t service, const sdk::machine::Input &input, const Step &step) {
  const Service &it = world_.of[service];
  Seen &seen = world_.of[service].seen;
  const Place was = before_[service].place;
  const bool drains = input.what == Happening::drain;
  if (step.result < 0) return;
  if (input.what == Happening::start)
    require(was != Place::stuck || it.gate.live() == 0, I::stuck_is_not_started, service, "a stuck service is started");
  if (input.what == Happening::resume) seen.stoppers = 0;  // a stop has been taken back, and the end of another's hold may open it
  if (input.what == Happening::stop_now) {
    seen.due = kNever;
    seen.unheld = seen.stoppers = kEverybody;
  }
  // A drain that is over already has nothing more to keep; a stop in a hurry needs no hold.
  const bool hurries = it.state.hurry && !since_[service].replaced;
  if (!drains || since_[service].stopped || hurries) return;

  const sdk::machine::Drain &ask = input.drain;
  require(ask.announce || it.state.place != Place::announcing, I::refuses_when_asked, service,
          "a drain that does not announce was answered, and it still admits");
  const bool is_new = it.state.epoch != before_[service].epoch;
  const bool replaced = since_[service].replaced;
  const Place place = it.state.place;
  const std::uint8_t actor = actor_of(ask.hold.action.actor.view());
  if (ask.holds && actor < kHolders && is_paused(place)) {
    const HoldNote asked{ask.hold.lasts, ask.hold.expires}, is = seen.holds[actor];
    require(replaced ? is == asked : is.covers(asked), I::hold_is_placed, service, "the drain's hold is not there");
    const HoldNote was = before_[service].holds[actor];
    require(replaced || is.covers(was), I::hold_is_placed, service, "a hold has been shortened");
  }
  if (is_new || replaced) seen.emergency = is_clock_running(place) && ask.emergency;
  const bool begins = is_new || replaced;
  const auto bit = static_cast<Actors>(1u << actor);
  const bool stops = ask.intent != TG_INTENT_STAY;
  const bool stricter = strictness(ask.intent) > strictness(before_[service].intent) || world_.end.is_terminating();
  const bool stop_joins = !begins && stops && stricter;
  if (begins) seen.unheld = seen.stoppers = 0;
  if (is_paused(place) && !ask.holds) seen.unheld |= bit;
  if (is_paused(place) && stops) seen.stoppers |= bit;
  if (is_clock_running(place)) promise(service, ask, actor, begins, stop_joins);
}

/// Which deadline the drain in progress has now: the one that ends somebody soonest; where none does, what was asked
/// for the same purpose. `stop_joins`: with an intent that is stricter than that before, or as the host ends.
void Witness::promise(std::size_t service, const sdk::machine::Drain &ask, std::uint8_t actor, bool begins,
                      bool stop_joins) {
  Seen &it = seen(service);
  if (stop_joins && it.at_due == TG_DEADLINE_RESUME) it.at_due = TG_DEADLINE_WAIT;
  const Nanos due = sdk::later(world_.now, ask.budget);
  const Nanos end = end_of(it.due, it.at_due), wanted = end_of(due, ask.at_deadline);
  const bool same = it.at_due == ask.at_deadline && (ask.at_deadline != TG_DEADLINE_RESUME || it.due_of == actor);
  const bool hastens = end == kNever && due < it.due && (it.due == kNever || same);
  if (!begins && wanted >= end && !hastens) return;
  it.due = due;
  it.at_due = ask.at_deadline;
  it.due_of = actor;
}

// ---- the gate ----

void Witness::gate_opened(std::size_t service, const Door &before, const sdk::machine::Input &asked) {
  Seen &it = seen(service);
  require(!world_.end.is_terminating(), I::nothing_opens_at_the_end, service, "the gate is opened");
  const bool by_wish = asked.what == Happening::resume || world_.of[service].state.place == Place::starting;
  require(by_wish || it.unheld == 0, I::opened_by_right, service, "a drain without a hold is called off by nobody");
  require(by_wish || it.stoppers == 0, I::stop_is_kept, service, "a stop is called off by the end of a hold");
  for (const HoldNote &hold : it.holds)
    require(!hold.is_there(), I::opens_unheld, service, "the gate is opened while somebody holds the service");
  const bool in_drain = it.started && !it.stopped && !it.reopened;
  require(!in_drain || !before.drained() || it.drained, I::drained_before_open, service,
          "a drained gate is opened, and 25050 was not said");
  it.reopened = true;
  it.told_close = it.emergency = false;
  it.unheld = it.stoppers = 0;
  it.due = kNever;
  look(service);
}

/// At any moment: also between two effects of one step.
void Witness::look(std::size_t service) {
  const Service &it = world_.of[service];
  require(!it.ready || it.gate.is_open(), I::ready_means_open, service, "ready while the gate is not open");
}

void Witness::admitted(std::size_t service, Flight kind, const Door &before, bool at_once) {
  const Service &it = world_.of[service];
  const bool open = before.is_open();
  require(!it.seen.drained || it.seen.reopened, I::nothing_after_drained, service, "admitted after 25050");
  require(!it.seen.stopped, I::nothing_after_drained, service, "admitted after 25003");
  if (kind == Flight::work) require(open, I::new_only_while_open, service, "NEW work has passed a gate that is not open");
  if (kind == Flight::emergency)
    require(open || (at_once ? it.seen.emergency : before.live() != 0), I::new_only_while_open, service,
            "an emergency that the drain does not permit");
  if (kind == Flight::child)
    require(open || before.live() != 0, I::child_has_parent, service, "a CHILD with nobody inside");
}

void Witness::left_too_much(std::size_t service, const Door &before) {
  require(world_.of[service].gate == before, I::surplus_leave_is_nothing, service, "it changed a count");
}

// ---- hooks ----

bool Witness::needed(std::size_t service) const {
  return service == 1 && scenario_.services > 1 && world_.of[0].seen.hooks_used;
}

void Witness::start_hook_begins(std::size_t service) {
  Seen &it = seen(service);
  require(!world_.end.is_terminating(), I::nothing_opens_at_the_end, service, "the start hook begins");
  require(!it.hooks_used, I::hooks_in_place, service, "the start hook runs again before the stop hook has run");
  const bool met = service == 1 || scenario_.services == 1 || world_.of[1].seen.serving;
  require(met, I::start_hook_has_needs, service, "the start hook runs, and what it needs has not started");
  it.hooks_used = true;
}

void Witness::start_hook_ended(std::size_t service, bool succeeded) {
  seen(service).hooks_used = seen(service).serving = succeeded;
}

void Witness::stop_hook_begins(std::size_t service) {
  Seen &it = seen(service);
  require(it.serving, I::hooks_in_place, service, "the stop hook of a service that has not started");
  require(!needed(service), I::stop_hook_is_unneeded, service, "the stop hook runs, and what needs it has not stopped");
  it.serving = false;
}

void Witness::stop_hook_ended(std::size_t service) { seen(service).hooks_used = false; }

// ---- the end of the host ----

void Witness::third_push() {
  for (std::size_t i = 0; i < scenario_.services; ++i) {
    const Service &it = world_.of[i];
    const bool waits_for_its_hook = it.start_due || it.stop_due;
    const bool waits_for_another = it.state.intent == TG_INTENT_STOP && needed(i);
    require(sdk::HostEnd::is_over(it.state.place) || waits_for_its_hook || waits_for_another, I::third_push_stops, i,
            "it was asked for the third time, and waits for something else than a hook");
  }
}

// ---- the journal ----

/// What was answered must be there; what was in progress may be there or not.
void Witness::recovered(std::size_t service) {
  Service &it = world_.of[service];
  const HoldNotes found = notes_of(it.state.holds);
  const auto left = [&](HoldNote note) { return note.is_left_after_crash(world_.now) ? note : HoldNote{}; };
  for (std::size_t actor = 0; actor < kHolders; ++actor) {
    const HoldNote was = left(before_[service].holds[actor]), is = left(it.seen.holds[actor]);
    require(found[actor] == was || found[actor] == is, I::survives_crash, service,
            was.is_there() ? "a hold is lost, or is another" : "a hold is there that nobody has");
  }
  require(it.state.epoch >= before_[service].durable_epoch, I::epochs_grow, service, "an epoch is forgotten");
  since_[service] = {};
  it.seen = {};
  it.seen.stopped = true;
  it.seen.epoch = before_[service].durable_epoch;
  it.seen.holds = found;
}

}  // namespace tidegate::model

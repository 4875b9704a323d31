#include "host.hpp"

#include <algorithm>

#include "names.hpp"
#include "tidegate/vocabulary/intent.h"

// What is asked of one service or of several: sdk/src/host/host_group.cpp. Then what comes about by itself.
namespace tidegate::model {

using sdk::Unit;
using sdk::machine::Happening;
using sdk::machine::Needs;
using sdk::machine::Place;
using sdk::machine::Step;

namespace {

bool is_down(Place place) { return place == Place::stopped || place == Place::unstarted; }

bool is_starting(Place place) { return place == Place::waiting || place == Place::starting; }

bool waits_for_the_last(Place place) {
  return place == Place::draining || place == Place::closing || place == Place::stuck;
}

sdk::NeedGraph::Chosen marks(const std::vector<std::size_t> &services) {
  sdk::NeedGraph::Chosen marks(kServices);
  for (const std::size_t service : services) marks[service] = true;
  return marks;
}

}  // namespace

Host::Host(const Scenario &scenario, const std::vector<Input> &inputs, World &world, Choices &choices, Witness &witness)
    : scenario_(scenario), world_(world), choices_(choices), witness_(witness), standings_(scenario.services) {
  if (scenario.services > 1) graph_.add(0, 1);
  for (const Input &input : inputs)
    if (input.is_session_work()) session_work_[input.on == 2 ? 1 : 0].push_back(input);
}

bool Host::is_due(const World &world, std::uint8_t on) const {
  for (std::size_t i = 0; i < scenario_.services; ++i)
    if ((on >> i & 1) != 0 && world.now >= sdk::machine::next_time(world.of[i].state)) return true;
  return false;
}

void Host::apply(const Input &input) {
  for (std::size_t i = 0; i < scenario_.services; ++i)
    standings_[i] = {world_.of[i].state.place, world_.of[i].state.intent};
  outside_ = scenario_.outside;
  dead_ = false;
  torn_.reset();
  asked_ = {Happening::time};
  rung_ = unattended() != kServices;  // or the step before would have been a violation
  const std::size_t first = input.on == 2 ? 1 : 0;
  switch (input.deed) {
    case Deed::hook_done: hook_ended(first, true); break;
    case Deed::hook_failed: hook_ended(first, false); break;
    case Deed::noticed:
    case Deed::nobody_noticed: {
      world_.of[first].notice_due = false;
      MachineInput noticed{Happening::noticed};
      noticed.count = input.deed == Deed::noticed ? 1 : 0;
      feed(first, noticed);
      break;
    }
    case Deed::blockers_seen:
      world_.of[first].name_due = false;
      feed(first, {Happening::blockers_seen});
      break;
    case Deed::close_told:
      world_.of[first].close_due = false;
      feed(first, {Happening::close_told});
      break;
    case Deed::attend: round(input.on); break;
    case Deed::tick: ++world_.now; break;
    case Deed::start: start(input.on); break;
    case Deed::drain: drain(input.on, *input.ask); break;
    case Deed::terminate: terminate(*input.ask); break;
    case Deed::stop_now: stop_now(input.on); break;
    case Deed::resume: resume(input); break;
    case Deed::crash: dead_ = true; break;
    default: work(input);
  }
  if (dead_) crash(input.deed == Deed::crash);
  if (const std::size_t service = unattended(); !rung_ && service != kServices) witness_.nobody_looks(service);
}

bool Host::is_possible(const World &world, const Input &input) const {
  const std::size_t first = input.on == 2 ? 1 : 0;
  const Service &it = world.of[first];
  const bool room = it.gate.sessions < scenario_.sessions[first];
  const bool child_room = it.gate.children < scenario_.children[first] && it.gate.sessions + it.gate.children != 0;
  switch (input.deed) {
    case Deed::leave_session: return it.gate.sessions != 0;
    case Deed::leave_child: return it.gate.children != 0;
    case Deed::leave_entry: return it.gate.entries != 0;
    case Deed::pass: return it.flight != Flight::none;
    case Deed::hook_done: return it.start_due || it.stop_due;
    case Deed::hook_failed: return it.start_due;
    case Deed::noticed:
    case Deed::nobody_noticed: return it.notice_due;
    case Deed::blockers_seen: return it.name_due;
    case Deed::close_told: return it.close_due;
    case Deed::tick: return scenario_.late || !is_due(world, 3);
    case Deed::admit: return room && it.flight == Flight::none;
    case Deed::admit_child: return child_room && it.flight == Flight::none;
    case Deed::admit_emergency: return room && it.flight == Flight::none;
    case Deed::admit_entry: return it.gate.entries < scenario_.entries[first];
    case Deed::look: return room && it.flight == Flight::none;
    case Deed::look_child: return child_room && it.flight == Flight::none;
    case Deed::look_emergency: return room && it.flight == Flight::none;
    case Deed::arrive: return it.state.place == Place::announcing;
    case Deed::surplus_leave: return it.gate.entries == 0;
    default: return true;
  }
}

// ---- what is asked ----

/// As Service::drain_input() and resolve() make it.
Host::MachineInput Host::input_of(const Ask &ask) const {
  MachineInput input{Happening::drain};
  input.by.actor.assign(kActors[ask.actor]);
  sdk::machine::Drain &drain = input.drain;
  drain.intent = ask.intent;
  drain.budget = ask.budget;
  drain.at_deadline = ask.at_deadline;
  drain.kill_grace = 1;
  drain.replace = ask.replace;
  drain.emergency = ask.emergency;
  drain.announce = ask.announce;
  drain.announce_max = 1;
  drain.quiet = 1;
  drain.notice_window = ask.notice_window;
  drain.holds = ask.hold != TG_HOLD_NONE && ask.intent != TG_INTENT_RESTART;
  HoldNote note{ask.intent == TG_INTENT_STAY ? ask.hold : TG_HOLD_UNTIL_RESTART};
  if (note.lasts == TG_HOLD_UNTIL_TIME) note.expires = world_.now + 2;
  drain.hold = hold_of(ask.actor, note);
  return input;
}

/// In the order in which they are asked.
std::vector<std::size_t> Host::chosen(std::uint8_t on, bool dependents_first) const {
  std::vector<std::size_t> order = graph_.order(scenario_.services);
  std::erase_if(order, [&](std::size_t service) { return (on >> service & 1) == 0; });
  if (dependents_first) std::ranges::reverse(order);
  return order;
}

bool Host::check_all(const std::vector<std::size_t> &services, const std::vector<MachineInput> &inputs) const {
  for (std::size_t n = 0; n < services.size(); ++n)
    if (try_out(services[n], inputs[n]).result < 0) return false;
  return true;
}

void Host::start(std::uint8_t on) {
  MachineInput input{Happening::start};
  if (on != 3) return static_cast<void>(ask(on == 2 ? 1 : 0, input));
  const std::vector<std::size_t> services = chosen(on, false);
  const std::vector<MachineInput> inputs(services.size(), input);
  starting_ = marks(services);
  if (check_all(services, inputs))
    for (const std::size_t service : services) ask(service, input);
  starting_.clear();
}

void Host::drain(std::uint8_t on, const Ask &wanted) {
  const MachineInput input = input_of(wanted);
  if (on != 3) return static_cast<void>(ask(on == 2 ? 1 : 0, input));
  std::array<MachineInput, kServices> inputs{input, input};
  std::vector<std::size_t> services = chosen(on, true);
  std::erase_if(services, [&](std::size_t service) {
    const Place place = world_.of[service].state.place;
    return is_down(place) && !(place == Place::unstarted && wanted.intent == TG_INTENT_STOP);
  });
  const bool to_stop =
      wanted.intent != TG_INTENT_STAY || (wanted.budget != kNever && wanted.at_deadline == TG_DEADLINE_STOP);
  if (to_stop) stopping_ = marks(services);
  const auto refused = [&](std::size_t service) { return try_out(service, inputs[service]).result < 0; };
  if (std::ranges::none_of(services, refused)) {
    for (const std::size_t service : services) {
      Service &it = world_.of[service];
      if (wanted.announce || !sdk::machine::is_ready(it.state.place)) continue;
      it.ready = false;
      meanwhile(service);
      it.gate.shut();
      witness_.look(service);
    }
    for (const std::size_t service : services) ask(service, inputs[service]);
  }
  stopping_.clear();
}

void Host::stop_now(std::uint8_t on) { ask(on == 2 ? 1 : 0, {Happening::stop_now}); }

/// As sdk's Host::terminate().
void Host::terminate(const Ask &wanted) {
  const sdk::HostEnd::Push push = world_.end.tell();
  const std::vector<std::size_t> services = chosen(static_cast<std::uint8_t>((1u << scenario_.services) - 1), true);
  stopping_ = marks(services);
  for (const std::size_t service : services) {
    MachineInput input = input_of(wanted);
    if (push == sdk::HostEnd::Push::stop) {
      input = {Happening::stop_now};
    } else if (push == sdk::HostEnd::Push::close) {
      input.drain.budget = 0;
      input.drain.at_deadline = TG_DEADLINE_FORCE;
      input.drain.announce = false;
    }
    const tg_result tried = try_out(service, input).result;
    if (tried == TG_E_CONFLICT) input.drain.budget = kNever;
    if (tried != TG_E_STATE) ask(service, input);
  }
  stopping_.clear();
  if (push == sdk::HostEnd::Push::stop && !dead_) witness_.third_push();
}

void Host::resume(const Input &wanted) {
  MachineInput input{Happening::resume};
  input.by.actor.assign(kActors[wanted.actor]);
  input.all_holds = wanted.all_holds;
  if (wanted.on != 3) return static_cast<void>(ask(wanted.on == 2 ? 1 : 0, input));
  std::vector<std::size_t> services = chosen(wanted.on, false);
  std::erase_if(services, [&](std::size_t service) {
    const sdk::machine::State &state = world_.of[service].state;
    return (is_down(state.place) || is_starting(state.place)) && state.holds.empty();
  });
  if (!check_all(services, std::vector<MachineInput>(services.size(), input))) return;
  for (const std::size_t service : services) ask(service, input);
}

// ---- what comes about ----

/// As sdk's Host::attend(): each service once, in the order in which they were made, which may be either; then it sleeps
/// until somebody rings, or the time has come. A round of one out of two is a part of one.
void Host::round(std::uint8_t on) {
  const bool whole = on == (1u << scenario_.services) - 1;
  if (whole) rung_ = false;
  std::vector<std::size_t> services = chosen(on, false);
  if (services.size() > 1 && choices_.pick(2) == 1) std::ranges::reverse(services);
  for (const std::size_t service : services) attend(service);
}

/// As Service::attend().
void Host::attend(std::size_t service) {
  const Service &it = world_.of[service];
  if (last_has_left(service)) feed(service, {Happening::gate_drained});
  if (const auto found = found_of_others(service)) feed(service, {*found});
  if (world_.now >= sdk::machine::next_time(it.state)) feed(service, {Happening::time});
}

bool Host::last_has_left(std::size_t service) const {
  return waits_for_the_last(world_.of[service].state.place) && world_.of[service].gate.drained();
}

/// As Service::attend_others().
std::optional<Happening> Host::found_of_others(std::size_t service) const {
  const sdk::machine::State &state = world_.of[service].state;
  MachineInput now{Happening::time};
  facts(service, now);
  if (state.place == Place::waiting && now.needs != Needs::coming)
    return now.needs == Needs::met ? Happening::needs_met : Happening::needs_failed;
  const bool to_stop = state.intent != TG_INTENT_STAY;
  const bool waits = state.place == Place::drained || state.place == Place::closing;
  return waits && to_stop && !now.needed ? std::optional(Happening::unneeded) : std::nullopt;
}

/// The first service that a round would move on, whatever the time is; kServices: none.
std::size_t Host::unattended() const {
  for (std::size_t i = 0; i < scenario_.services; ++i) {
    if (last_has_left(i)) return i;
    const auto found = found_of_others(i);
    if (found && !(try_out(i, {*found}).state == world_.of[i].state)) return i;
  }
  return kServices;
}

void Host::hook_ended(std::size_t service, bool succeeded) {
  rung_ = true;
  Service &it = world_.of[service];
  if (it.stop_due) {
    it.stop_due = false;
    witness_.stop_hook_ended(service);
    feed(service, {Happening::stopped});
    return;
  }
  it.start_due = false;
  witness_.start_hook_ended(service, succeeded);
  feed(service, {succeeded ? Happening::started : Happening::start_failed});
}

/// Somebody else's thread comes in between. What it does to another service is no matter of this step.
void Host::meanwhile(std::size_t service) {
  if (outside_ == 0 || dead_) return;
  std::array<const Input *, 24> possible;
  unsigned count = 0;
  for (const Input &input : session_work_[service])
    if (is_possible(world_, input)) possible[count++] = &input;
  const unsigned taken = choices_.pick(count + 1);
  if (taken == 0) return;
  --outside_;
  witness_.note("  meanwhile: " + text_of(*possible[taken - 1]));
  work(*possible[taken - 1]);
}

/// The process is gone; the next one reads the journal, sooner or later, and asks for nothing yet.
void Host::crash(bool at_rest) {
  if (at_rest && choices_.pick(2) == 1) world_.now += 2;
  world_.end = {};
  for (std::size_t i = 0; i < scenario_.services; ++i) {
    recover(i);
    witness_.recovered(i);
  }
}

}  // namespace tidegate::model

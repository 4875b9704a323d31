#include "host.hpp"
#include "journal.hpp"
#include "names.hpp"

// How one machine is carried: sdk/src/service/service.cpp.
namespace tidegate::model {

using sdk::machine::Effect;
using sdk::machine::Happening;
using sdk::machine::State;
using sdk::machine::Step;

struct Host::Carrier {
  Host &host;
  std::size_t service;

  Nanos now() const { return host.world_.now; }
  void facts(MachineInput &input) const {
    host.facts(service, input);
    host.pairs_.set(pair_of(host.world_.of[service].state.place, input.what));
    if (input.what == Happening::time) host.meanwhile(service);  // what has just been looked at may be otherwise already
  }
  void enter(const State &state) const { host.enter(service, state); }
  bool carry_out(const Effect &effect, MachineInput &answer) const { return host.carry_out(service, effect, answer); }
};

Step Host::feed(std::size_t service, const MachineInput &input) {
  if (dead_) return {};
  had_effect_ = false;
  Carrier carrier{*this, service};
  const Step step = sdk::machine::drive(scenario_.config[service], world_.of[service].state, input, carrier);
  if (step.result < 0 && had_effect_ && !dead_) witness_.refused_with_effect(service);
  return step;
}

Step Host::ask(std::size_t service, const MachineInput &input) {
  asked_ = input;
  const Step step = feed(service, input);
  rung_ = true;
  if (dead_) return step;  // nobody was answered
  witness_.note("  " + std::string(1, name_of(service)) + " answers " + std::to_string(step.result) +
                (step.why.empty() ? "" : ": " + std::string(step.why)));
  witness_.answered(service, input, step);
  return step;
}

Step Host::try_out(std::size_t service, MachineInput input) const {
  facts(service, input);
  return sdk::machine::step(scenario_.config[service], world_.of[service].state, input, world_.now);
}

void Host::facts(std::size_t service, MachineInput &input) const {
  const Service &it = world_.of[service];
  input.ending = world_.end.is_terminating();
  input.live = it.gate.live();
  input.sessions = it.gate.sessions;
  input.arrivals = it.arrivals;
  input.departures = it.departures;
  input.needs = graph_.needs(service, standings_, starting_);
  input.needed = graph_.needed(service, standings_);
  input.kept_needed = graph_.kept_needed(service, standings_, stopping_);
}

void Host::enter(std::size_t service, const State &next) {
  if (dead_) return;
  Service &it = world_.of[service];
  had_effect_ = had_effect_ || !(next == it.state);
  witness_.entering(service, next);
  rung_ = rung_ || next.place != it.state.place;
  it.ready = sdk::machine::is_ready(next.place);
  standings_[service] = {next.place, next.intent};
  witness_.look(service);
}

bool Host::carry_out(std::size_t service, const Effect &effect, MachineInput &answer) {
  using Kind = Effect::Kind;
  if (dead_) return false;
  Service &it = world_.of[service];
  had_effect_ = true;
  switch (effect.kind) {
    case Kind::emit: witness_.emitted(service, effect, asked_); return false;
    case Kind::keep: keep(service); return false;
    case Kind::set_limit: it.limit = effect.count; return false;
    case Kind::shut_gate:
    case Kind::seal_gate:
      meanwhile(service);
      answer = {Happening::gate_shut};
      answer.count = effect.kind == Kind::shut_gate ? it.gate.shut() : it.gate.seal();
      witness_.look(service);
      return true;
    case Kind::open_gate:
    case Kind::open_gate_unless_drained: {
      meanwhile(service);
      const Door before = it.gate;
      if (effect.kind == Kind::open_gate) it.gate.open();
      const bool opened = effect.kind == Kind::open_gate || it.gate.open_unless_drained();
      answer = {opened ? Happening::gate_opened : Happening::gate_drained};
      if (opened) witness_.gate_opened(service, before, asked_);
      return true;
    }
    case Kind::run_start:
      witness_.start_hook_begins(service);
      answer = {Happening::started};
      it.start_due = scenario_.hooks;
      if (!scenario_.hooks) witness_.start_hook_ended(service, true);
      return !scenario_.hooks;
    case Kind::run_stop:
      witness_.stop_hook_begins(service);
      answer = {Happening::stopped};
      it.stop_due = scenario_.hooks;
      if (!scenario_.hooks) witness_.stop_hook_ended(service);
      return !scenario_.hooks;
    case Kind::notice_sessions: it.notice_due = true; return false;
    case Kind::notice_again:
      answer = {Happening::noticed_again};
      answer.count = 1;
      return true;
    case Kind::name_blockers: it.name_due = true; return false;
    case Kind::close_sessions:
      witness_.asked_to_close(service);
      it.close_due = scenario_.config[service].tells_to_close;
      return false;
  }
  return false;
}

// ---- the journal ----

/// The process may die before the record is written, in the middle, or after it and before anybody is answered.
void Host::keep(std::size_t service) {
  Service &it = world_.of[service];
  Record record{it.state.epoch, notes_of(it.state.holds)};
  for (HoldNote &hold : record.holds) hold.stops = false;  // the journal knows nothing of it
  // 0: it lives; 1: it dies when all of it has been written; then the parts, of which none is the first.
  const unsigned end = scenario_.crash ? choices_.pick(2 + (scenario_.torn ? kTornParts : 1)) : 0;
  dead_ = end != 0;
  if (end < 2) {
    it.record = record;
  } else {
    torn_ = Torn{service, record, end - 2};
  }
  if (dead_) witness_.note("  dies " + std::string(torn_ ? "while the journal is written" : "when the journal is written"));
}

/// As Service::recover().
void Host::recover(std::size_t service) {
  Service &it = world_.of[service];
  const bool torn = torn_ && torn_->service == service;
  const sdk::Kept &kept = read_back(it.record, torn ? &torn_->record : nullptr, torn ? torn_->part : 0);
  Service next;
  next.seen = it.seen;
  next.record.epoch = next.state.epoch = kept.epoch;
  const std::int64_t now = static_cast<std::int64_t>(world_.now) + kUnixAhead;
  for (sdk::Hold hold : kept.holds) {
    const Nanos expires = hold.expires_unix == 0 ? kNever : static_cast<Nanos>(hold.expires_unix - kUnixAhead);
    if (const std::uint8_t actor = actor_of(hold.action.actor.view()); actor < kHolders)
      next.record.holds[actor] = {hold.lasts, expires};
    if (!hold.outlives_restart()) continue;
    if (hold.lasts == TG_HOLD_UNTIL_TIME) {
      if (hold.expires_unix <= now) continue;
      hold.expires = sdk::later(world_.now, static_cast<Nanos>(hold.expires_unix - now));
    }
    next.state.holds.place(hold);
    next.state.recovered = true;
  }
  it = next;
}

}  // namespace tidegate::model

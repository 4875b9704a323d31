#include "service/service.hpp"

#include "core/policy_scope.hpp"
#include "core/vocabulary.hpp"
#include "events/event_text.hpp"
#include "os/fault.hpp"
#include "tidegate/vocabulary/step.h"

namespace tidegate::sdk {

using machine::Effect;
using machine::Happening;
using machine::Input;
using machine::Place;
using machine::State;
using machine::Step;

namespace {

/// Returns the reason with which a shut gate refuses in this place.
std::uint32_t refusal_in(Place place) {
  switch (place) {
    case Place::announcing:
    case Place::shutting:
    case Place::draining:
    case Place::drained:
    case Place::opening: return TG_REASON_PAUSED;
    case Place::closing:
    case Place::stuck: return TG_REASON_CLOSING;
    default: return TG_REASON_STOPPED;
  }
}

/// Returns: whether a drain that is requested in this place begins, or joins a drain in progress.
bool drains_from(Place place) {
  switch (place) {
    case Place::stopped:
    case Place::waiting:
    case Place::starting:
    case Place::stopping:
    case Place::unstarted: return false;
    default: return true;
  }
}

/// Returns: whether an input has changed the drain or the place, and not only the holds.
bool is_other_work(const State &before, const State &after) {
  return before.place != after.place || before.epoch != after.epoch || before.intent != after.intent ||
         before.deadline != after.deadline || before.at_deadline != after.at_deadline;
}

void ask_for_trim(void *shared) {
  auto &host = *static_cast<Shared *>(shared);
  if (!host.trim.exchange(true, std::memory_order_acq_rel)) host.steward.ring();
}

void tell_of_faults(void *shared) { static_cast<Shared *>(shared)->ring_for_faults(); }

Nanos read_clock(void *shared) { return static_cast<Shared *>(shared)->clock.monotonic(); }
Nanos read_tick(void *shared) { return static_cast<Shared *>(shared)->clock.last_tick(); }

tg_str redirect_of(const Service::Options &options, Shared &shared) {
  const std::string *target = shared.redirects.keep(options.redirect);
  return target == nullptr ? tg_str{} : to_str(*target);
}

/// Returns the options of the admission. `options`: the options of the service, which live as long as the service.
Admission::Options admission_options(std::uint32_t index, const Service::Options &options, Shared &shared) {
  return {.service = index,
          .name = to_str(options.name),
          .max_sessions = options.config.max_sessions,
          .retry_after = options.retry_after,
          .retry_jitter_percent = options.retry_jitter_percent,
          .redirect = redirect_of(options, shared),
          .fail_closed = options.fail_closed,
          .clock = read_clock,
          .tick = read_tick,
          .worth_a_trim = ask_for_trim,
          .policy_faulted = tell_of_faults,
          .user = &shared};
}

/// Tells the machine which callbacks the server has.
Service::Options with_callbacks(Service::Options options) {
  options.config.tells_to_close = options.callbacks.close != nullptr || options.callbacks.notice != nullptr;
  return options;
}

}  // namespace

Service::Service(std::uint32_t index, const Options &options, Shared &shared, const Kept *kept)
    : options_(with_callbacks(options)),
      shared_(shared),
      admission_(admission_options(index, options_, shared), shared.slab, shared.policies, &shared.cells),
      status_since_(shared.clock.monotonic()) {
  if (kept != nullptr) recover(*kept);
}

/// Takes the epoch and the holds of the previous process, except holds that have expired by the wall clock.
void Service::recover(const Kept &kept) {
  const std::int64_t now = shared_.clock.unix_ns();
  state_.epoch = kept.epoch;
  epoch_.store(kept.epoch, std::memory_order_relaxed);
  for (Hold hold : kept.holds) {
    if (!hold.outlives_restart()) continue;
    if (hold.lasts == TG_HOLD_UNTIL_TIME) {
      if (hold.expires_unix <= now) continue;
      hold.expires = later(shared_.clock.monotonic(), static_cast<Nanos>(hold.expires_unix - now));
    }
    state_.holds.place(hold);
    state_.recovered = true;
  }
}

// ---- admission ----

tg_ticket Service::admit_otherwise(const tg_request &request, tg_verdict &verdict) {
  if (forked() || PolicyScope::inside()) return 0;
  const tg_ticket ticket = admission_.admit(request, shared_.clock.last_tick(), verdict);
  if (ticket == 0)
    counted(false);
  else if (leaving_wanted_.load(std::memory_order_seq_cst) != 0)
    tell_latecomer();
  return ticket;
}

/// Notes a refusal by admit_asked(). Returns: 0.
tg_ticket Service::refused_asked() {
  counted(false);
  return 0;
}

/// Makes the steward tell a session that was admitted after the other sessions were told: the gate was not sealed yet, or the drain permits
/// the session.
void Service::tell_latecomer() {
  if (forked()) return;
  if (!came_late_.exchange(true, std::memory_order_acq_rel)) shared_.steward.ring();
}

bool Service::released_otherwise(Admission::Released released) {
  if (forked()) return false;
  if (released == Admission::Released::stale) stale_.fetch_add(1, std::memory_order_seq_cst);
  counted(released == Admission::Released::last);
  if (released == Admission::Released::stale) return false;
  admission_.gate().gone();
  return true;
}

bool Service::refused_entry() {
  if (!forked()) counted(false);
  return false;
}

bool Service::left_otherwise(Gate::Left left) {
  if (forked()) return false;
  if (left == Gate::Left::none) stale_.fetch_add(1, std::memory_order_seq_cst);
  counted(left == Gate::Left::last);
  if (left == Gate::Left::none) return false;
  admission_.gate().gone();
  return true;
}

/// Wakes the steward when the last session has left, or when there is a tally to report; for tallies once, until they are reported.
void Service::counted(bool last) {
  if (last || (!tallies_rung_.load(std::memory_order_seq_cst) && !tallies_rung_.exchange(true, std::memory_order_seq_cst)))
    shared_.steward.ring();
}

bool Service::active(tg_ticket ticket) { return admission_.active(ticket, shared_.clock.monotonic()); }

bool Service::idle(tg_ticket ticket) { return admission_.idle(ticket, shared_.clock.monotonic()); }

bool Service::acknowledge(tg_ticket ticket) {
  return admission_.acknowledge(ticket, epoch_.load(std::memory_order_relaxed), shared_.clock.monotonic());
}

// ---- control ----

tg_result Service::start(const Action &action) { return change({Happening::start, action}); }

tg_result Service::stop_now(const Action &action) { return change({Happening::stop_now, action}); }

void Service::stop_for_good(const Action &action) {
  const std::lock_guard lock(shared_.control);
  slow_down_unfenced();
  ask({Happening::stop_now, action}, shared_.clock.monotonic());
}

tg_result Service::resume(const Resume &how, const Action &action) {
  Input input{Happening::resume, action};
  input.all_holds = how.all_holds;
  input.no_ramp = how.no_ramp;
  return change(input);
}

tg_result Service::drain(const DrainOptions &options, const Action &action) {
  return shared_.durably([&](Journal::Position &written) {
    shared_.redirects.keep(options.redirect);
    const Input input = drain_input(options, action);
    const Nanos now = shared_.clock.monotonic();
    if (try_out(input, now).result >= 0) {
      slow_down();
      redirect_for(options);
    }
    const tg_result result = ask(input, now);
    written = kept_at_;
    return result;
  });
}

tg_result Service::change(const Input &input) {
  return shared_.durably([&](Journal::Position &written) {
    const tg_result result = ask(input, shared_.clock.monotonic());
    written = kept_at_;
    return result;
  });
}

Input Service::drain_input(const DrainOptions &options, const Action &action) {
  Input input{Happening::drain, action};
  input.drain = resolve(options, options_.drain, options_.callbacks.notice != nullptr, action, shared_.clock);
  return input;
}

Step Service::try_out(Input input, Nanos now) {
  facts(input);
  return machine::step(options_.config, state_, input, now);
}

tg_result Service::ask(const Input &input, Nanos now) {
  if (shared_.closing || (shared_.stopping_all && input.what == Happening::start))
    throw Fault(TG_E_CLOSING, "the host is being destroyed");
  const Action before = action_;
  const State state_before = state_;
  if (try_out(input, now).result >= 0) slow_down();  // a request that is refused in any case needs no fence
  action_ = input.by;
  const Step step = feed(input, now);
  speed_up();
  shared_.steward.ring();  // the time of the next attend() may have changed, and other services may wait for this one
  // Events name the actor whose request is in progress. A request that changed nothing (refused, already under way, or one more hold) does
  // not become that request.
  if (!is_other_work(state_before, state_)) action_ = before;
  if (step.result < 0) refuse(step, input.what);
  return step.result;
}

void Service::refuse(const Step &step, Happening what) const {
  std::string holders;
  if (step.result == TG_E_HELD)
    for (const Hold &hold : state_.holds)
      holders += (holders.empty() ? ", held by " : ", ") + std::string(hold.action.actor.view());
  throw Fault(step.result, "cannot " + std::string(what == Happening::stop_now ? "stop" : machine::name_of(what)) + " " +
                               name() + ": " + std::string(step.why) + " (status " +
                               std::string(status_word(machine::status_of(state_.place)).label) + holders + ")");
}

void Service::slow_down() {
  if (admission_.slow_down()) return;
  throw Fault(TG_E_SYSTEM, "cannot shut the gate of " + name() + ": " + std::string(PolicyDoors::kFenceRefused) +
                               "; the service runs on as before. Let the seccomp filter allow membarrier, or start the process with "
                               "GLIBC_TUNABLES=glibc.pthread.rseq=0");
}

void Service::slow_down_unfenced() { admission_.gate().slow_down_unfenced(); }

void Service::speed_up() {
  if (state_.place == Place::running) admission_.speed_up();
}

void Service::shut_ahead(const machine::Drain &drain) {
  admission_.permit({drain.affinity, drain.emergency});
  if (drain.affinity) admission_.index_keys(state_.epoch + 1);  // the epoch that the machine is about to begin
  ready_.store(false, std::memory_order_seq_cst);
  admission_.refuse_with(TG_REASON_PAUSED);
  admission_.gate().shut();
}

void Service::redirect_for(const DrainOptions &options) {
  const bool replaces = (options.flags & TG_DRAIN_REPLACE) != 0;
  if (drains_from(state_.place) && (replaces || !options.redirect.empty())) redirect_to(options.redirect);
}

void Service::redirect_to(const std::string &target) { admission_.redirect_to(shared_.redirects.keep(target)); }

void Service::need(Service &needed) {
  const std::lock_guard lock(shared_.control);
  if (&needed.shared_ != &shared_) throw Fault(TG_E_INVALID, "a service can need only services of its own host");
  if (state_.place != Place::stopped)
    throw Fault(TG_E_STATE, name() + " is not stopped; what it needs must be said before it is started");
  if (!shared_.graph.add(index(), needed.index()))
    throw Fault(TG_E_INVALID, name() + " cannot need " + needed.name() + ", which needs it");
}

// ---- the machine ----

/// The runtime as machine::drive() needs it.
struct Service::Carrier {
  Service &service;
  const Nanos moment;  // one time for all steps of an input
  const Place before;  // the place in which the tallies were counted
  bool tallied = false;

  Nanos now() const { return moment; }
  void facts(Input &input) const { service.facts(input); }
  void enter(const State &state) const { service.enter(state); }
  /// Reports tallies before the first event of an input; an input without an event reports none.
  bool carry_out(const Effect &effect, Input &answer) {
    if (effect.kind == Effect::Kind::emit && !tallied) {
      tallied = true;
      service.say_tallies(true, before);
    }
    return service.carry_out(effect, answer);
  }
};

Step Service::feed(const Input &input, Nanos now) {
  const Place before = state_.place;
  Carrier carrier{*this, now, before};
  Step step = machine::drive(options_.config, state_, input, carrier);
  if (state_.place == before) return step;
  shared_.steward.ring();  // other services may wait for this change, and the steward may have attended to them in this round already
  shared_.say_ended();
  return step;
}

void Service::facts(Input &input) const {
  input.ending = shared_.end.is_terminating();
  input.unix_now = shared_.clock.unix_ns();
  input.live = live();
  input.sessions = admission_.gate().counts().sessions;
  input.arrivals = admission_.arrivals();
  input.departures = departures();
  input.needs = shared_.graph.needs(index(), shared_.standings, shared_.starting);
  input.needed = shared_.graph.needed(index(), shared_.standings);
  input.kept_needed = shared_.graph.kept_needed(index(), shared_.standings, shared_.stopping);
}

std::uint64_t Service::departures() const {
  departures_ = std::max(departures_, admission_.departures());
  return departures_;
}

/// Takes a new state. Admissions see it before its effects are carried out: the service is not ready before its gate is shut, and a shut
/// gate refuses with the present reason.
void Service::enter(const State &state) {
  if (state.place != state_.place) status_since_ = shared_.clock.monotonic();
  if (state_.place == Place::starting && state.place == Place::shutting) redirect_to({});  // removes the target of the last drain
  ready_.store(machine::is_ready(state.place), std::memory_order_seq_cst);
  epoch_.store(state.epoch, std::memory_order_relaxed);
  if (index() < shared_.standings.size()) shared_.standings[index()] = {state.place, state.intent};
  admission_.refuse_with(refusal_in(state.place));
  admission_.permit({state.affinity, state.emergency});
  // A replacing drain may have AFFINITY though the drain that shut the gate had not.
  if (state.place == Place::draining && state.affinity && !state_.affinity) admission_.index_keys(state.epoch);
  state_ = state;
  speed_up();
}

bool Service::carry_out(const Effect &effect, Input &answer) {
  using Kind = Effect::Kind;
  Gate &gate = admission_.gate();
  switch (effect.kind) {
    case Kind::emit: emit(effect); return false;
    case Kind::keep: keep(); return false;
    case Kind::set_limit: admission_.set_limit(effect.count); return false;
    case Kind::shut_gate:
      answer = {Happening::gate_shut};
      if (state_.affinity) admission_.index_keys(state_.epoch);  // before shut(), so that each key is live all the time
      answer.count = gate.shut();
      return true;
    case Kind::seal_gate:
      answer = {Happening::gate_shut};
      answer.count = gate.seal();
      return true;
    case Kind::open_gate:
    case Kind::open_gate_unless_drained:
      closing_.store(0, std::memory_order_seq_cst);
      noticing_.store(0, std::memory_order_relaxed);
      notice_since_ = kNever;
      want_leaving(0);
      redirect_to({});
      if (effect.kind == Kind::open_gate) gate.open();
      answer = {effect.kind == Kind::open_gate || gate.open_unless_drained() ? Happening::gate_opened
                                                                             : Happening::gate_drained};
      if (answer.what == Happening::gate_opened) admission_.drop_keys();
      return true;
    case Kind::run_start:
      answer = {Happening::started};
      if (wait_for_hooks(TG_STEP_BEFORE_START)) return false;
      if (options_.callbacks.start == nullptr) return true;
      call(kStart);
      return false;
    case Kind::run_stop:
      answer = {Happening::stopped};
      if (wait_for_hooks(TG_STEP_STOPPING)) return false;
      if (options_.callbacks.stop == nullptr) return true;
      call(kStop);
      return false;
    case Kind::notice_sessions:
      notice_tenths_ = effect.count;
      if (noticing_.load(std::memory_order_relaxed) != state_.epoch) notice_since_ = shared_.clock.last_tick();
      noticing_.store(state_.epoch, std::memory_order_relaxed);
      want_leaving(kToNotice);
      call(kNotice);
      return false;
    case Kind::notice_again: call(kNoticeAgain); return false;
    case Kind::name_blockers: call(kName); return false;
    case Kind::close_sessions:
      closing_.store(state_.epoch, std::memory_order_seq_cst);
      if (!options_.config.tells_to_close) return false;
      want_leaving(kToClose);
      call(kClose);
      return false;
  }
  return false;
}

void Service::keep() {
  if (shared_.journal == nullptr) return;
  Kept kept;
  kept.service.assign(name());
  kept.epoch = state_.epoch;
  kept.status = machine::status_of(state_.place);
  kept.phase = machine::phase_of(state_.place);
  kept.holds = state_.holds;
  const Journal::Position at = shared_.journal->append(kept);
  if (state_.holds == kept_holds_) return;
  kept_holds_ = state_.holds;
  kept_at_ = at;
}

void Service::emit(const Effect &effect) {
  Action action = action_;
  if (!effect.actor.empty()) {
    action = {};
    action.actor = effect.actor;
  }
  emit(effect.number, effect.count, effect.place, action, details_of(effect.number, action).view());
}

void Service::emit(std::uint32_t number, std::uint64_t count, Place place, const Action &action, std::string_view more) {
  Event event;
  event.number = number;
  event.status = machine::status_of(place);
  event.phase = machine::phase_of(place);
  event.epoch = state_.epoch;
  event.live = number == TG_EVENT_DRAINED ? 0 : live();
  event.count = count;
  event.service.assign(name());
  event.action = action;
  describe(event, more);
  shared_.log.append(event);
}

}  // namespace tidegate::sdk

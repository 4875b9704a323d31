#include "runtime/service.hpp"

#include <array>

#include "core/vocabulary.hpp"
#include "runtime/callback_scope.hpp"
#include "runtime/event_text.hpp"
#include "runtime/fault.hpp"

namespace tidegate::sdk {

using machine::Effect;
using machine::Happening;
using machine::Input;
using machine::Place;

namespace {

/// Why a gate that is shut in this place refuses.
std::uint32_t refusal_in(Place place) {
  switch (place) {
    case Place::shutting:
    case Place::draining:
    case Place::drained:
    case Place::opening: return TG_REASON_PAUSED;
    case Place::closing:
    case Place::stuck: return TG_REASON_CLOSING;
    default: return TG_REASON_STOPPED;
  }
}

bool waits_for_the_last(Place place) {
  return place == Place::draining || place == Place::closing || place == Place::stuck;
}

}  // namespace

void Shared::check_may_wait() const {
  if (CallbackScope::inside())
    throw Fault(TG_E_MISUSE, "this would wait inside a callback for ever; wait on another thread");
  if (poller.load() == std::this_thread::get_id())
    throw Fault(TG_E_MISUSE, "this would stop the loop that it waits for; wait on another thread, or use tg_host_poll");
}

WaitScope::WaitScope(Shared &shared, bool forever_is_possible) : shared_(shared) {
  if (forever_is_possible) shared.check_may_wait();
  const std::lock_guard lock(shared.control);
  if (shared.closing) throw Fault(TG_E_CLOSING, "the host is being destroyed");
  ++shared.waiting;
}

WaitScope::~WaitScope() {
  const std::lock_guard lock(shared_.control);
  --shared_.waiting;
  if (shared_.closing) shared_.left.notify_all();
}

tg_result WaitScope::wait_for_event(std::uint64_t after, Nanos timeout) const {
  if (shared_.log.wait(after, timeout)) return TG_OK;
  const std::lock_guard lock(shared_.control);
  return shared_.closing ? TG_E_CLOSING : TG_E_TIMEOUT;
}

Service::Service(std::uint32_t index, const Options &options, Shared &shared)
    : options_(options),
      shared_(shared),
      admission_({index, to_str(options_.name), options.max_sessions, options.retry_after}, shared.slab, shared.policies),
      status_since_(shared.clock.monotonic()) {}

// ---- admission ----

tg_ticket Service::admit(const tg_request &request, tg_verdict &verdict) {
  const tg_ticket ticket = admission_.admit(request, shared_.clock.monotonic(), verdict);
  if (ticket == 0) counted(false);
  // It passed the gate before that was sealed, and came too late for the list of those to tell.
  if (ticket != 0 && closing_.load(std::memory_order_seq_cst) != 0) ask_to_close();
  return ticket;
}

bool Service::release(tg_ticket ticket) {
  const Admission::Released released = admission_.release(ticket);
  if (released == Admission::Released::more) return true;
  if (released == Admission::Released::stale) stale_.fetch_add(1, std::memory_order_relaxed);
  counted(released == Admission::Released::last);
  if (released == Admission::Released::stale) return false;
  admission_.gate().gone();
  return true;
}

bool Service::enter() {
  if (admission_.enter()) return true;
  counted(false);
  return false;
}

bool Service::enter_child(tg_ticket parent) {
  if (admission_.enter_child(parent)) return true;
  counted(false);
  return false;
}

bool Service::leave() {
  const Admission::Released left = admission_.leave();
  if (left == Admission::Released::more) return true;
  if (left == Admission::Released::stale) stale_.fetch_add(1, std::memory_order_relaxed);
  counted(left == Admission::Released::last);
  if (left == Admission::Released::stale) return false;
  admission_.gate().gone();
  return true;
}

/// Tells the steward that the last has left, or that there is something to tally: once, until it has been said.
void Service::counted(bool last) {
  if (last || (!tallies_rung_.load(std::memory_order_relaxed) && !tallies_rung_.exchange(true, std::memory_order_acq_rel)))
    shared_.steward.ring();
}

// ---- control ----

void Service::start(const Action &action) { ask({Happening::start}, action); }

void Service::drain(std::uint32_t intent, Nanos budget, Nanos kill_grace, const Action &action) {
  ask({Happening::drain, intent, budget, kill_grace}, action);
}

void Service::stop_now(const Action &action) { ask({Happening::stop_now}, action); }

void Service::resume(const Action &action) { ask({Happening::resume}, action); }

void Service::ask(const Input &input, const Action &action) {
  const std::lock_guard lock(shared_.control);
  if (shared_.closing) throw Fault(TG_E_CLOSING, "the host is being destroyed");
  const Action before = action_;
  const machine::State state_before = state_;
  action_ = action;
  const machine::Step step = feed(input);
  shared_.steward.ring();  // the time at which it wants to be attended may have changed
  // Who asked for what is under way already, or was refused, is not who did it.
  if (state_ == state_before) action_ = before;
  if (step.result == TG_OK) return;
  throw Fault(step.result, "cannot " + std::string(input.what == Happening::stop_now ? "stop" : name_of(input.what)) + " " +
                               name() + ": " + std::string(step.why) + " (status " +
                               std::string(status_word(machine::status_of(state_.place)).label) + ")");
}

/// Feeds the machine, carries out what it says, and feeds it the facts that come of that. Returns: the first step.
machine::Step Service::feed(Input input) {
  say_tallies(true);
  const machine::Step first = machine::step(state_, input, shared_.clock.monotonic());
  machine::Step step = first;
  for (bool again = true; again;) {
    again = false;
    if (step.state.place != state_.place) status_since_ = shared_.clock.monotonic();
    state_ = step.state;
    admission_.refuse_with(refusal_in(state_.place));
    Input answer{Happening::time};
    for (const Effect &effect : step.effects) again = carry_out(effect, answer) || again;
    if (again) step = machine::step(state_, answer, shared_.clock.monotonic());
  }
  return first;
}

bool Service::carry_out(const Effect &effect, Input &answer) {
  using Kind = Effect::Kind;
  Gate &gate = admission_.gate();
  switch (effect.kind) {
    case Kind::emit: emit(effect.number, effect.count, effect.place); return false;
    case Kind::shut_gate:
      answer = {Happening::gate_shut};
      answer.live = gate.shut().live();
      return true;
    case Kind::seal_gate:
      answer = {Happening::gate_shut};
      answer.live = gate.seal().live();
      return true;
    case Kind::open_gate:
      closing_.store(0, std::memory_order_seq_cst);
      gate.open();
      answer = {Happening::gate_opened};
      return true;
    case Kind::open_gate_unless_drained:
      closing_.store(0, std::memory_order_seq_cst);
      answer = {gate.open_unless_drained() ? Happening::gate_opened : Happening::gate_drained};
      return true;
    case Kind::run_start:
      if (options_.callbacks.start == nullptr) {
        answer = {Happening::started};
        return true;
      }
      hooks_due_.fetch_or(kStart, std::memory_order_release);
      shared_.hooks.ring();
      return false;
    case Kind::run_stop:
      if (options_.callbacks.stop == nullptr) {
        answer = {Happening::stopped};
        return true;
      }
      hooks_due_.fetch_or(kStop, std::memory_order_release);
      shared_.hooks.ring();
      return false;
    case Kind::close_sessions:
      closing_.store(state_.epoch, std::memory_order_seq_cst);
      ask_to_close();
      return false;
  }
  return false;
}

void Service::emit(std::uint32_t number, std::uint64_t count, Place place) {
  Event event;
  event.number = number;
  event.status = machine::status_of(place);
  event.phase = machine::phase_of(place);
  event.epoch = state_.epoch;
  event.live = number == TG_EVENT_DRAINED ? 0 : live();
  event.count = count;
  event.service.assign(name());
  // A tally is nobody's doing.
  if (number != TG_EVENT_REFUSALS && number != TG_EVENT_STALE_RELEASE) event.action = action_;
  describe(event);
  shared_.log.append(event);
}

// ---- what is due ----

Nanos Service::attend() {
  const std::lock_guard lock(shared_.control);
  if (waits_for_the_last(state_.place) && admission_.gate().drained()) feed({Happening::gate_drained});
  const Nanos now = shared_.clock.monotonic();
  if (now >= machine::next_time(state_)) feed({Happening::time});
  say_tallies(false);
  return std::min({machine::next_time(state_), refusals_.due(), stale_releases_.due()});
}

void Service::say_tallies(bool all) {
  const Nanos now = shared_.clock.monotonic();
  const std::uint64_t refused = admission_.refused();
  const std::uint64_t stale = stale_.load(std::memory_order_acquire);
  const std::uint64_t unsaid_refusals = all ? refusals_.flush(refused, now) : refusals_.take(refused, now);
  const std::uint64_t unsaid_stale = stale_releases_.take(stale, now);
  if (unsaid_refusals != 0) emit(TG_EVENT_REFUSALS, unsaid_refusals, state_.place);
  if (unsaid_stale != 0) emit(TG_EVENT_STALE_RELEASE, unsaid_stale, state_.place);
  // While something waits to be said the timer takes care of it: ringing for each count would make a storm a storm of
  // wakes.
  if (refusals_.pending() || stale_releases_.pending()) return;
  tallies_rung_.store(false, std::memory_order_seq_cst);
  // What was counted since the reading above did not ring, as the flag was still up.
  refusals_.notice(admission_.refused(), now);
  stale_releases_.notice(stale_.load(std::memory_order_seq_cst), now);
  if (refusals_.pending() || stale_releases_.pending()) tallies_rung_.store(true, std::memory_order_release);
}

// ---- the host's callbacks ----

void Service::run_hooks() {
  const std::uint32_t due = hooks_due_.exchange(0, std::memory_order_acq_rel);
  if (due == 0) return;
  const tg_service_options &call = options_.callbacks;
  if ((due & kClose) != 0) close_sessions();
  if ((due & kStop) != 0) {
    {
      const CallbackScope scope;
      call.stop(call.user);
    }
    report(Happening::stopped);
  }
  if ((due & kStart) != 0) {
    tg_result result;
    {
      const CallbackScope scope;
      result = call.start(call.user);
    }
    report(result < 0 ? Happening::start_failed : Happening::started);
  }
}

void Service::report(Happening what) {
  const std::lock_guard lock(shared_.control);
  feed({what});
  shared_.steward.ring();
}

void Service::ask_to_close() {
  if (options_.callbacks.close == nullptr) return;
  hooks_due_.fetch_or(kClose, std::memory_order_release);
  shared_.hooks.ring();
}

void Service::close_sessions() {
  const std::uint64_t epoch = closing_.load(std::memory_order_seq_cst);
  if (epoch == 0) return;
  const CallbackScope scope;
  shared_.slab.for_each([&](tg_ticket ticket, const Session &session) {
    if (session.service != index()) return true;
    // A session of after a resume or a start is seen only after closing_ has been taken back: none of those is told.
    if (closing_.load(std::memory_order_seq_cst) != epoch) return false;
    options_.callbacks.close(options_.callbacks.user, ticket, session.tag);
    return true;
  });
}

// ---- waiting and looking ----

tg_result Service::wait(const WaitScope &scope, std::uint32_t until, Nanos timeout) {
  const Nanos end = later(shared_.clock.monotonic(), timeout);
  std::uint64_t seen = shared_.log.last();
  if (const Moment now = moment_now(until); now != Moment::ahead) return now == Moment::reached ? TG_OK : TG_E_ENDED;
  for (Event event;;) {
    if (!shared_.log.next(seen, event)) {
      const tg_result result = scope.wait_for_event(seen, tidegate::sdk::until(end, shared_.clock.monotonic()));
      if (result != TG_OK) return result;
      continue;
    }
    const bool gap = event.sequence != seen + 1;
    seen = event.sequence;
    Moment moment = Moment::ahead;
    if (event.service.view() == name()) moment = moment_after(until, event.number);
    if (moment == Moment::ahead && gap) moment = moment_now(until);  // what would have told is gone from memory
    if (moment != Moment::ahead) return moment == Moment::reached ? TG_OK : TG_E_ENDED;
  }
}

Moment Service::moment_now(std::uint32_t until) const {
  const std::lock_guard lock(shared_.control);
  return moment_at(until, state_.place, state_.said_drained);
}

tg_service_info Service::info() const {
  const std::lock_guard lock(shared_.control);
  const Counts counts = admission_.gate().counts();
  const Nanos now = shared_.clock.monotonic();
  tg_service_info info = TG_INIT(tg_service_info);
  info.status = machine::status_of(state_.place);
  info.phase = machine::phase_of(state_.place);
  info.intent = state_.intent;
  info.epoch = state_.epoch;
  info.sessions = counts.sessions;
  info.children = counts.children;
  info.entries = counts.entries;
  info.at_drain = state_.at_drain;
  info.admitted = admission_.admitted();
  info.refused = admission_.refused();
  info.max_sessions = options_.max_sessions;
  const bool over = state_.place == Place::closing || state_.place == Place::stuck;
  info.deadline_left_ns = over ? 0 : state_.deadline == kNever ? TG_FOREVER : until(state_.deadline, now);
  info.status_since_ns = until(now, status_since_);
  info.name = to_str(options_.name);
  info.activity = to_str(options_.activity);
  return info;
}

tg_session_info Service::shown(tg_ticket ticket, const Session &session, Nanos now) {
  tg_session_info out = TG_INIT(tg_session_info);
  out.ticket = ticket;
  out.tag = session.tag;
  out.age_ns = until(now, session.admitted);
  out.kind = session.kind;
  out.peer = session.peer;
  return out;
}

}  // namespace tidegate::sdk

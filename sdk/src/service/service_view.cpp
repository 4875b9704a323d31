#include "service/describer.hpp"
#include "service/service.hpp"

// The views of a service, and the waits for its moments.
namespace tidegate::sdk {

using machine::Place;

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
    if (moment == Moment::ahead && gap) moment = moment_now(until);  // the deciding event may be gone from memory
    if (moment != Moment::ahead) return moment == Moment::reached ? TG_OK : TG_E_ENDED;
  }
}

bool Service::has_only_releases() const {
  const Counts counts = admission_.gate().counts();
  bool live = counts.entries != 0;
  shared_.slab.for_each([&](tg_ticket, const Session &session) {
    live = live || session.service == index();
    return !live;
  });
  return !live;
}

Moment Service::moment_now(std::uint32_t until) const {
  const std::lock_guard lock(shared_.control);
  return moment_at(until, state_.place, state_.said_drained);
}

namespace {

/// Returns the longest time that a drain in progress may still take by its options; TG_FOREVER: not known.
std::uint64_t wait_hint(const machine::State &state, Nanos now) {
  switch (state.place) {
    case Place::closing: return state.kill_at == kNever ? TG_FOREVER : until(state.kill_at, now);
    case Place::announcing:
    case Place::draining: {
      if (state.deadline == kNever) return TG_FOREVER;
      const bool force = state.at_deadline == TG_DEADLINE_FORCE;
      return state.at_deadline == TG_DEADLINE_WAIT ? TG_FOREVER
                                                   : until(later(state.deadline, force ? state.kill_grace : 0), now);
    }
    default: return 0;
  }
}

}  // namespace

tg_service_info Service::info() const {
  const std::lock_guard lock(shared_.control);
  const Nanos now = shared_.clock.monotonic();
  const Counts counts = admission_.gate().counts();
  tg_service_info info = TG_INIT(tg_service_info);
  info.status = machine::status_of(state_.place);
  info.phase = machine::phase_of(state_.place);
  info.intent = state_.intent;
  info.ready = ready() ? 1 : 0;
  info.epoch = state_.epoch;
  info.sessions = counts.sessions;
  info.children = counts.children;
  info.entries = counts.entries;
  info.at_drain = state_.at_drain;
  info.admitted = admission_.admitted();
  info.refused = admission_.refused();
  info.max_sessions = options_.config.max_sessions;
  const bool over = state_.place == Place::closing || state_.place == Place::stuck;
  info.deadline_left_ns = over ? 0 : state_.deadline == kNever ? TG_FOREVER : until(state_.deadline, now);
  info.status_since_ns = until(now, status_since_);
  info.name = to_str(options_.name);
  info.activity = to_str(options_.activity);
  info.holds = static_cast<std::uint32_t>(state_.holds.size());
  info.at_deadline = state_.at_deadline;
  info.limit = machine::limit_at(options_.config, state_, now);
  info.told = state_.told;
  info.checkpoint = departures();
  info.wait_hint_ns = wait_hint(state_, now);
  return info;
}

std::string Service::description(tg_ticket ticket, std::uint64_t tag) {
  return shared_.describer.text(options_.callbacks, ticket, tag, [this] {
    const std::lock_guard lock(shared_.control);
    emit(TG_EVENT_CALLBACK_LATE, 0, state_.place, {}, ": describe has not returned for 0.25 s; sessions are listed without its texts");
  });
}

Holds Service::holds() const {
  const std::lock_guard lock(shared_.control);
  return state_.holds;
}

tg_session_info Service::shown(tg_ticket ticket, const Session &session, std::uint64_t epoch, Nanos now) {
  tg_session_info out = TG_INIT(tg_session_info);
  out.ticket = ticket;
  out.tag = session.tag;
  out.age_ns = until(now, session.admitted);
  out.kind = session.kind;
  out.session_class = session.session_class;
  out.peer = session.peer;
  out.flags = session.flags_in(epoch);
  out.quiet_ns = until(now, session.last_activity);
  out.key = session.key;
  return out;
}

}  // namespace tidegate::sdk

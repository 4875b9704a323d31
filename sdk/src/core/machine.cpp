#include <algorithm>

#include "core/machine_turn.hpp"
#include "tidegate/vocabulary/phase.h"
#include "tidegate/vocabulary/status.h"

namespace tidegate::sdk::machine {
namespace {

using P = Place;
using H = Happening;

constexpr Row kRows[] = {
    {P::stopped, H::start, turns::start, "the start callback runs when the needed services have started"},
    {P::stopped, H::drain, turns::drain_stopped, "graceful stop: nothing to do; else refused"},
    {P::stopped, H::stop_now, turns::nothing, "nothing to do"},
    {P::stopped, H::resume, turns::resume_stopped, "lifts the hold; without one refused: start it"},
    {P::stopped, H::time, turns::time_only_holds, "a hold expires"},

    {P::waiting, H::start, turns::nothing, "the same start"},
    {P::waiting, H::drain, turns::stop_waiting, "graceful stop: Stopped; else refused"},
    {P::waiting, H::stop_now, turns::stop_waiting, "Stopped"},
    {P::waiting, H::resume, turns::resume_starting, "lifts the hold; without one refused"},
    {P::waiting, H::needs_met, turns::run_start, "start hook runs"},
    {P::waiting, H::needs_failed, turns::start_failed, "Failed"},
    {P::waiting, H::time, turns::time_only_holds, "a hold expires"},

    {P::starting, H::start, turns::nothing, "the same start"},
    {P::starting, H::drain, turns::drain_starting, "refused; while the host ends a graceful stop: stopped once started"},
    {P::starting, H::stop_now, turns::stop_starting, "refused; while the host ends: stopped once started"},
    {P::starting, H::resume, turns::resume_starting, "lifts the hold; without one refused"},
    {P::starting, H::started, turns::started, "gate opens; held, or to start paused: gate is shut; while the host ends: StopPending"},
    {P::starting, H::start_failed, turns::start_failed, "Failed"},
    {P::starting, H::gate_opened, turns::opened_after_start, "Running; ramping first after a second start"},
    {P::starting, H::time, turns::time_only_holds, "a hold expires"},

    {P::running, H::start, turns::nothing, "runs already"},
    {P::running, H::drain, turns::drain, "gate is shut; with announce: announcing"},
    {P::running, H::stop_now, turns::stop_now, "gate is sealed"},
    {P::running, H::resume, turns::nothing, "runs already"},

    {P::announcing, H::start, turns::start_paused, "refused: resume it"},
    {P::announcing, H::drain, turns::drain_announced,
     "the same drain, a stricter one joins, a laxer one is refused or replaces; without announce: gate is shut"},
    {P::announcing, H::stop_now, turns::stop_now_in_drain, "gate is sealed"},
    {P::announcing, H::resume, turns::resume, "lifts the hold; without another one Running"},
    {P::announcing, H::time, turns::time_announcing, "quiet, or over: gate is shut; a ramp goes on; the last hold expires: Running"},

    {P::shutting, H::gate_shut, turns::shut, "Paused/draining; drained when the gate is empty; StopPending when in a hurry"},

    {P::draining, H::start, turns::start_paused, "refused: resume it"},
    {P::draining, H::drain, turns::drain_in_time,
     "the same drain, a stricter one joins, a laxer one is refused or replaces"},
    {P::draining, H::stop_now, turns::stop_now_in_drain, "gate is sealed"},
    {P::draining, H::resume, turns::resume, "lifts the hold; without another hold the gate opens unless it is empty"},
    {P::draining, H::gate_drained, turns::complete, "Paused/drained; StopPending by intent"},
    {P::draining, H::noticed, turns::noticed, "sessions have been asked to go"},
    {P::draining, H::noticed_again, turns::noticed_again, "sessions have been told of a sooner deadline"},
    {P::draining, H::blockers_seen, turns::stalled, "the drain is said to be stalled"},
    {P::draining, H::time, turns::time_draining,
     "notices; stalled; deadline: gate is sealed, or waiting goes on, or gate opens; the last hold expires: gate opens"},

    {P::closing, H::start, turns::start_paused, "refused: resume it"},
    {P::closing, H::drain, turns::drain_after_deadline, "stop joins, a laxer one is refused or replaces"},
    {P::closing, H::stop_now, turns::stop_now_in_drain, "gate is sealed"},
    {P::closing, H::resume, turns::resume_hurried,
     "lifts the hold; without another hold the gate opens unless it is empty"},
    {P::closing, H::gate_shut, turns::close, "sessions are told to close; drained when the gate is empty"},
    {P::closing, H::gate_drained, turns::complete, "Paused/drained; StopPending by intent"},
    {P::closing, H::noticed, turns::noticed, "sessions have been asked to go"},
    {P::closing, H::noticed_again, turns::noticed_again, "sessions have been told of a sooner deadline"},
    {P::closing, H::close_told, turns::close_told, "the kill grace begins"},
    {P::closing, H::unneeded, turns::unneeded_closing, "in a hurry: StopPending"},
    {P::closing, H::time, turns::time_closing, "at the end of the kill grace: Failed; the last hold expires: gate opens"},

    {P::drained, H::start, turns::start_paused, "refused: resume it"},
    {P::drained, H::drain, turns::drain_drained, "stop: StopPending; else nothing to do"},
    {P::drained, H::stop_now, turns::stop_now_drained, "StopPending"},
    {P::drained, H::resume, turns::resume, "lifts the hold; without another one the gate opens"},
    {P::drained, H::unneeded, turns::unneeded, "by intent: StopPending"},
    {P::drained, H::time, turns::time_drained, "the last hold expires: gate opens"},

    {P::opening, H::gate_opened, turns::opened_again, "ramping, or Running"},
    {P::opening, H::gate_drained, turns::drained_while_opening, "25050 first, then the gate opens"},

    {P::ramping, H::start, turns::nothing, "runs already"},
    {P::ramping, H::drain, turns::drain, "gate is shut; with announce: announcing"},
    {P::ramping, H::stop_now, turns::stop_now, "gate is sealed"},
    {P::ramping, H::resume, turns::resume_ramping, "runs already; without a ramp: the limit is whole at once, Running"},
    {P::ramping, H::time, turns::time_ramping, "the limit grows; at its end: Running"},

    {P::stopping, H::start, turns::start_stopping, "refused"},
    {P::stopping, H::drain, turns::drain_stopping, "graceful stop: nothing to do, or instead of a restart; else too late"},
    {P::stopping, H::stop_now, turns::stop_now_stopping, "nothing to do"},
    {P::stopping, H::resume, turns::too_late, "too late"},
    {P::stopping, H::stopped, turns::stopped, "Stopped; to restart: StartPending"},

    {P::unstarted, H::start, turns::start, "the start callback runs when the needed services have started"},
    {P::unstarted, H::drain, turns::stop_unstarted, "graceful stop: Stopped; else refused"},
    {P::unstarted, H::stop_now, turns::stop_unstarted, "Stopped"},
    {P::unstarted, H::resume, turns::resume_unstarted, "lifts the hold; without one refused: start it"},
    {P::unstarted, H::time, turns::time_only_holds, "a hold expires"},

    {P::stuck, H::start, turns::start_stuck, "refused until the last session has left"},
    {P::stuck, H::drain, turns::drain_after_deadline, "stop joins, a laxer one is refused or replaces"},
    {P::stuck, H::stop_now, turns::stop_now_in_drain, "gate is sealed"},
    {P::stuck, H::resume, turns::resume_stuck, "refused"},
    {P::stuck, H::gate_drained, turns::complete_stuck,
     "Paused/drained; StopPending by intent; without a hold the gate opens"},
    {P::stuck, H::time, turns::time_only_holds, "a hold expires"},
};

/// The status and phase of each place, in the order of Place.
struct Shown {
  std::string_view name;
  std::uint32_t status;
  std::uint32_t phase;
};
// clang-format off
constexpr Shown kShown[kPlaces] = {
    {"stopped", TG_STATUS_STOPPED, TG_PHASE_NONE},
    {"waiting", TG_STATUS_START_PENDING, TG_PHASE_NONE},
    {"starting", TG_STATUS_START_PENDING, TG_PHASE_NONE},
    {"running", TG_STATUS_RUNNING, TG_PHASE_NONE},
    {"announcing", TG_STATUS_PAUSE_PENDING, TG_PHASE_ANNOUNCING},
    {"shutting", TG_STATUS_PAUSE_PENDING, TG_PHASE_DRAINING},
    {"draining", TG_STATUS_PAUSED, TG_PHASE_DRAINING},
    {"closing", TG_STATUS_PAUSED, TG_PHASE_CLOSING},
    {"drained", TG_STATUS_PAUSED, TG_PHASE_DRAINED},
    {"opening", TG_STATUS_CONTINUE_PENDING, TG_PHASE_NONE},
    {"ramping", TG_STATUS_CONTINUE_PENDING, TG_PHASE_RAMPING},
    {"stopping", TG_STATUS_STOP_PENDING, TG_PHASE_NONE},
    {"unstarted", TG_STATUS_FAILED, TG_PHASE_NONE},
    {"stuck", TG_STATUS_FAILED, TG_PHASE_CLOSING},
};
// clang-format on

constexpr std::string_view kHappeningNames[kHappenings] = {
    "start",     "drain",       "stop_now",     "resume",  "started",       "start_failed",  "needs_met", "needs_failed", "unneeded",
    "gate_shut", "gate_opened", "gate_drained", "noticed", "noticed_again", "blockers_seen", "stopped",   "close_told",   "time",
};

const Shown &shown(Place place) { return kShown[static_cast<std::size_t>(place)]; }

/// Returns: whether the request would open or start a service, or call off its end. A drain to stop without REPLACE does none of this, and
/// joins the drain in progress while the host ends, too.
bool goes_on(const Input &input) {
  const bool is_stop = input.what == Happening::drain && input.drain.intent == TG_INTENT_STOP && !input.drain.replace;
  return input.what == Happening::start || input.what == Happening::resume || (input.what == Happening::drain && !is_stop);
}

/// Returns: whether the change must survive a crash. One place decides it for every row of the table.
bool must_keep(const State &before, const State &after) {
  if (after.place == Place::shutting || after.place == Place::opening) return false;  // the next step does
  return before.place != after.place || before.epoch != after.epoch || !(before.holds == after.holds);
}

}  // namespace

std::uint32_t status_of(Place place) { return shown(place).status; }
std::uint32_t phase_of(Place place) { return shown(place).phase; }
std::string_view name_of(Place place) { return shown(place).name; }
bool is_ready(Place place) { return place == Place::running || place == Place::ramping; }
std::string_view name_of(Happening happening) { return kHappeningNames[static_cast<std::size_t>(happening)]; }

std::span<const Row> rows() { return kRows; }

Step step(const Config &config, const State &state, const Input &input, Nanos now) {
  Step out;
  out.state = state;
  if (input.unix_now != 0) out.state.holds.follow(now, input.unix_now);
  Turn turn{config, input, now, out};
  if (input.ending && goes_on(input)) {
    turn.refuse(TG_E_CLOSING, "the host was told to end, and nothing is started, resumed or put off in it any more");
    out.state = state;
    return out;
  }
  const auto row = std::ranges::find_if(kRows, [&](const Row &r) { return r.at == state.place && r.what == input.what; });
  if (row == std::end(kRows)) {
    turn.refuse(TG_E_STATE, "its status does not allow it");
    return out;
  }
  row->take(turn);
  if (turn.refused()) {
    out.state = state;
    out.effects = {};
  } else if (must_keep(state, out.state)) {
    turn.add(Effect::Kind::keep);
  }
  return out;
}

std::uint64_t limit_at(const Config &config, const State &state, Nanos now) {
  if (state.ramp_began == kNever || now >= later(state.ramp_began, config.ramp)) return config.max_sessions;
  const double gone = static_cast<double>(now - state.ramp_began) / static_cast<double>(config.ramp);
  const double from = config.ramp_from_percent / 100.0;
  // A ramp begins at the number of live sessions, so that a service that is resumed a moment after it was shut admits at once.
  const std::uint64_t base = std::min(state.ramp_base, config.max_sessions);
  const auto places = static_cast<double>(config.max_sessions - base) * (from + (1 - from) * gone);
  return std::min(base + std::max<std::uint64_t>(static_cast<std::uint64_t>(places), 1), config.max_sessions);
}

Nanos next_time(const State &state) {
  const Nanos hold = state.holds.next_expiry();
  switch (state.place) {
    case Place::announcing: return std::min({hold, state.announce_until, state.arrivals.next(), state.ramp_next});
    case Place::draining: return std::min({hold, state.deadline, state.notice_at, state.departures.next()});
    case Place::closing: return std::min(hold, state.kill_at);
    case Place::stopped:
    case Place::waiting:
    case Place::starting:
    case Place::unstarted:
    case Place::drained:
    case Place::stuck: return hold;
    case Place::ramping: return state.ramp_next;
    default: return kNever;
  }
}

}  // namespace tidegate::sdk::machine

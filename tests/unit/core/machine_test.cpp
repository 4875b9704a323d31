#include "core/machine.hpp"

#include <algorithm>
#include <ostream>
#include <set>
#include <vector>

#include "tidegate/event_number.h"
#include "tidegate/hold.h"
#include "tidegate/intent.h"

namespace tidegate::sdk::machine {
namespace {

using P = Place;
using H = Happening;
using Kind = Effect::Kind;

constexpr Nanos kNow = 1000 * kSecond;
const Config kPlain{0, 0, 10, 60 * kSecond, false};
const Config kRamped{100, 30 * kSecond, 10, 60 * kSecond, false};
const Config kStartPaused{0, 0, 10, 60 * kSecond, true};

Hold hold_of(std::string_view actor, std::uint32_t lasts = TG_HOLD_UNTIL_RESUME, Nanos expires = kNever) {
  Hold hold;
  hold.action.actor.assign(actor);
  hold.lasts = lasts;
  hold.expires = expires;
  hold.expires_unix = expires == kNever ? 0 : 1;
  return hold;
}

/// A state as it is when the machine has come to this place by an ordinary way, on alice's wish.
State at(Place place, std::uint32_t intent = TG_INTENT_STAY) {
  State state;
  state.place = place;
  if (place == P::stopped || place == P::waiting || place == P::starting || place == P::running || place == P::unstarted)
    return state;
  state.epoch = 3;
  if (place == P::ramping) {
    state.ramp_began = kNow;
    state.ramp_next = kNow + kSecond;
    return state;
  }
  state.intent = intent;
  state.said_started = place != P::shutting && place != P::announcing;
  state.said_drained = place == P::drained || place == P::stopping;
  state.kill_grace = 5 * kSecond;
  if (place != P::opening && place != P::stopping) state.holds.place(hold_of("alice"));
  if (place == P::announcing) {
    state.announce_from = kNow;
    state.announce_until = kNow + 15 * kSecond;
    state.arrivals.begin(0, 2 * kSecond, kNow);
  }
  if (place == P::draining) state.departures.begin(0, 60 * kSecond, kNow);
  if (place == P::closing || place == P::stuck) state.closing = 2;
  if (place == P::closing) state.kill_at = kNow + 5 * kSecond;
  return state;
}

State with_deadline(State state, Nanos budget, std::uint32_t at_deadline = TG_DEADLINE_FORCE) {
  state.budget = budget;
  state.deadline = kNow + budget;
  state.at_deadline = at_deadline;
  state.owner.assign("alice");
  state.owner_holds = true;
  return state;
}

State held_by(State state, const Hold &hold) {
  state.holds.place(hold);
  return state;
}

State with_notices(State state) {
  state.notice_window = 10 * kSecond;
  state.notice_at = kNow;
  return state;
}

State hurried(State state) {
  state.hurry = true;
  state.unheld = true;
  state.intent = TG_INTENT_STOP;
  return state;
}

State recovered(State state) {
  state.recovered = true;
  return held_by(state, hold_of("alice"));
}

Input by(std::string_view actor, Happening what, std::uint64_t live = 1) {
  Input input{what};
  input.by.actor.assign(actor);
  input.live = live;
  return input;
}

Input what(Happening happening, std::uint64_t count = 0, std::uint64_t live = 1) {
  Input input{happening};
  input.count = count;
  input.live = live;
  return input;
}

Input drain(std::uint32_t intent, Nanos budget = kNever, std::string_view actor = "alice") {
  Input input = by(actor, H::drain);
  input.drain.intent = intent;
  input.drain.budget = budget;
  input.drain.kill_grace = 5 * kSecond;
  input.drain.holds = true;
  input.drain.hold = hold_of(actor);
  return input;
}

Input announced(Input input, Nanos most = 15 * kSecond) {
  input.drain.announce = true;
  input.drain.announce_max = most;
  input.drain.quiet = 2 * kSecond;
  return input;
}

Input replacing(Input input) {
  input.drain.replace = true;
  return input;
}

Input unheld(Input input) {
  input.drain.holds = false;
  return input;
}

Input overriding(Input input) {
  input.all_holds = true;
  return input;
}

Input needing(Input input, Needs needs) {
  input.needs = needs;
  return input;
}

/// Somebody that needs it has started, and `keeps` it.
Input needed(Input input, bool keeps) {
  input.needed = true;
  input.kept_needed = keeps;
  return input;
}

Input shut(std::uint64_t live) { return what(H::gate_shut, live, live); }

struct Case {
  const char *name;
  State from;
  Input input;
  Place to;
  std::vector<std::uint32_t> events;
  std::vector<Kind> effects;  // those that are neither emit nor keep
  tg_result result = TG_OK;
  Nanos now = kNow;
  Config config = kPlain;
};

void PrintTo(const Case &row, std::ostream *out) { *out << row.name; }

const std::vector<Case> &cases() {
  constexpr auto kStay = TG_INTENT_STAY, kStop = TG_INTENT_STOP, kRestart = TG_INTENT_RESTART;
  constexpr Nanos s = kSecond;
  static const std::vector<Case> all = {
      {"Stopped_Start", at(P::stopped), what(H::start), P::starting, {25100}, {Kind::run_start}},
      {"Stopped_StartNeedsComing", at(P::stopped), needing(what(H::start), Needs::coming), P::waiting, {25100, 25103}, {}},
      {"Stopped_StartNeedsMissing", at(P::stopped), needing(what(H::start), Needs::missing), P::stopped, {}, {}, TG_E_STATE},
      {"Stopped_GracefulStop", at(P::stopped), drain(kStop), P::stopped, {}, {}},
      {"Stopped_Drain", at(P::stopped), drain(kStay), P::stopped, {}, {}, TG_E_STATE},
      {"Stopped_StopNow", at(P::stopped), what(H::stop_now), P::stopped, {}, {}},
      {"Stopped_Resume", at(P::stopped), by("alice", H::resume), P::stopped, {}, {}, TG_E_STATE},
      {"Stopped_ResumeHeld", held_by(at(P::stopped), hold_of("alice")), by("alice", H::resume), P::stopped, {25167}, {}},
      {"Stopped_ResumeHeldByOther", held_by(at(P::stopped), hold_of("alice")), by("bob", H::resume), P::stopped, {}, {}, TG_E_HELD},
      {"Stopped_HoldExpires", held_by(at(P::stopped), hold_of("alice", TG_HOLD_UNTIL_TIME, kNow)), what(H::time), P::stopped, {25166}, {}},

      {"Waiting_Start", at(P::waiting), what(H::start), P::waiting, {}, {}},
      {"Waiting_GracefulStop", at(P::waiting), drain(kStop), P::stopped, {25003}, {}},
      {"Waiting_Drain", at(P::waiting), drain(kStay), P::waiting, {}, {}, TG_E_STATE},
      {"Waiting_StopNow", at(P::waiting), what(H::stop_now), P::stopped, {25003}, {}},
      {"Waiting_Resume", at(P::waiting), by("alice", H::resume), P::waiting, {}, {}, TG_E_STATE},
      {"Waiting_NeedsMet", at(P::waiting), what(H::needs_met), P::starting, {}, {Kind::run_start}},
      {"Waiting_NeedsFailed", at(P::waiting), what(H::needs_failed), P::unstarted, {25102}, {}},
      {"Waiting_HoldExpires", held_by(at(P::waiting), hold_of("alice", TG_HOLD_UNTIL_TIME, kNow)), what(H::time), P::waiting, {25166}, {}},

      {"Starting_Start", at(P::starting), what(H::start), P::starting, {}, {}},
      {"Starting_Drain", at(P::starting), drain(kStay), P::starting, {}, {}, TG_E_STATE},
      {"Starting_StopNow", at(P::starting), what(H::stop_now), P::starting, {}, {}, TG_E_STATE},
      {"Starting_Resume", at(P::starting), by("alice", H::resume), P::starting, {}, {}, TG_E_STATE},
      {"Starting_Started", at(P::starting), what(H::started), P::starting, {}, {Kind::set_limit, Kind::open_gate}},
      {"Starting_StartedHeld", held_by(at(P::starting), hold_of("alice")), what(H::started), P::shutting, {25169}, {Kind::shut_gate}},
      {"Starting_StartedAsTheJournalSays", recovered(at(P::starting)), what(H::started), P::shutting, {25170}, {Kind::shut_gate}},
      {"Starting_StartedToBePaused", at(P::starting), what(H::started), P::shutting, {25169}, {Kind::shut_gate}, TG_OK, kNow, kStartPaused},
      {"Starting_StartedHoldJustExpired", held_by(at(P::starting), hold_of("alice", TG_HOLD_UNTIL_TIME, kNow)), what(H::started), P::starting, {25166}, {Kind::set_limit, Kind::open_gate}},
      {"Starting_StartFailed", at(P::starting), what(H::start_failed), P::unstarted, {25102}, {}},
      {"Starting_GateOpened", at(P::starting), what(H::gate_opened), P::running, {25101}, {}},
      {"Starting_HoldExpires", held_by(at(P::starting), hold_of("alice", TG_HOLD_UNTIL_TIME, kNow)), what(H::time), P::starting, {25166}, {}},

      {"Running_Start", at(P::running), what(H::start), P::running, {}, {}},
      {"Running_Drain", at(P::running), drain(kStay), P::shutting, {25165}, {Kind::shut_gate}},
      {"Running_DrainWithoutHold", at(P::running), unheld(drain(kStay)), P::shutting, {}, {Kind::shut_gate}},
      {"Running_DrainAnnounced", at(P::running), announced(drain(kStay)), P::announcing, {25165, 25110}, {}},
      {"Running_AnnouncementFillsTheDeadline", at(P::running), announced(drain(kStay, 15 * s)), P::running, {}, {}, TG_E_INVALID},
      {"Running_GracefulStop", at(P::running), drain(kStop), P::shutting, {25165}, {Kind::shut_gate}},
      {"Running_GracefulStopWhileNeeded", at(P::running), needed(drain(kStop), true), P::running, {}, {}, TG_E_BUSY},
      {"Running_DrainWhileNeeded", at(P::running), needed(drain(kStay), true), P::shutting, {25165}, {Kind::shut_gate}},
      {"Running_StopNow", at(P::running), what(H::stop_now), P::shutting, {}, {Kind::seal_gate}},
      {"Running_StopNowWhileNeeded", at(P::running), needed(what(H::stop_now), true), P::running, {}, {}, TG_E_BUSY},
      {"Running_Resume", at(P::running), by("alice", H::resume), P::running, {}, {}},

      {"Announcing_Start", at(P::announcing), what(H::start), P::announcing, {}, {}, TG_E_STATE},
      {"Announcing_SameDrain", at(P::announcing), drain(kStay), P::announcing, {}, {}},
      {"Announcing_StopJoins", at(P::announcing), drain(kStop), P::announcing, {25164}, {}},
      {"Announcing_Replaced", at(P::announcing), replacing(drain(kStay)), P::shutting, {25163}, {Kind::shut_gate}},
      {"Announcing_StopNow", at(P::announcing), what(H::stop_now), P::shutting, {}, {Kind::seal_gate}},
      {"Announcing_Resume", at(P::announcing), by("alice", H::resume), P::opening, {25167}, {Kind::set_limit, Kind::open_gate}},
      {"Announcing_Quiet", at(P::announcing), what(H::time), P::shutting, {25111}, {Kind::shut_gate}, TG_OK, kNow + 2 * s},
      {"Announcing_NotQuietYet", at(P::announcing), what(H::time), P::announcing, {}, {}, TG_OK, kNow + s},
      {"Announcing_Over", [] { State state = at(P::announcing); state.arrivals.begin(7, 2 * s, kNow); return state; }(), what(H::time), P::shutting, {25112}, {Kind::shut_gate}, TG_OK, kNow + 15 * s},
      {"Announcing_LastHoldExpires", [] { State state = at(P::announcing); state.holds.clear(); return held_by(state, hold_of("bob", TG_HOLD_UNTIL_TIME, kNow + s)); }(), what(H::time), P::opening, {25166}, {Kind::set_limit, Kind::open_gate}, TG_OK, kNow + s},

      {"Shutting_SessionsLeft", at(P::shutting), shut(2), P::draining, {25049}, {}},
      {"Shutting_NobodyLeft", at(P::shutting), shut(0), P::drained, {25049, 25050}, {}},
      {"Shutting_NobodyLeftToStop", at(P::shutting, kStop), shut(0), P::stopping, {25049, 25050, 25130}, {Kind::run_stop}},
      {"Shutting_NobodyLeftToStopStillNeeded", at(P::shutting, kStop), needed(shut(0), false), P::drained, {25049, 25050, 25131}, {}},
      {"Shutting_HurrySessionsLeft", hurried(at(P::shutting)), shut(2), P::stopping, {25049, 25125}, {Kind::close_sessions, Kind::run_stop}},
      {"Shutting_HurryStillNeeded", hurried(at(P::shutting)), needed(shut(2), false), P::closing, {25049, 25131}, {Kind::close_sessions}},
      {"Shutting_HurryNobodyLeft", hurried(at(P::shutting)), shut(0), P::stopping, {25049, 25050, 25130}, {Kind::run_stop}},

      {"Draining_Start", at(P::draining), what(H::start), P::draining, {}, {}, TG_E_STATE},
      {"Draining_SameDrain", at(P::draining), drain(kStay), P::draining, {}, {}},
      {"Draining_OtherActor", at(P::draining), drain(kStay, kNever, "bob"), P::draining, {25165}, {}},
      {"Draining_StopJoins", at(P::draining), drain(kStop), P::draining, {25164}, {}},
      {"Draining_RestartJoins", at(P::draining), drain(kRestart), P::draining, {25164}, {}},
      {"Draining_StopJoinsRestart", at(P::draining, kRestart), drain(kStop), P::draining, {25164}, {}},
      {"Draining_StopWhileNeeded", at(P::draining), needed(drain(kStop), true), P::draining, {}, {}, TG_E_BUSY},
      {"Draining_DeadlineJoins", at(P::draining), drain(kStay, s), P::draining, {25164}, {}},
      {"Draining_LaterDeadline", with_deadline(at(P::draining), s), drain(kStay, 9 * s), P::draining, {}, {}, TG_E_CONFLICT},
      {"Draining_SameDeadlineOtherEnd", with_deadline(at(P::draining), s, TG_DEADLINE_WAIT), drain(kStay, s), P::draining, {}, {}, TG_E_CONFLICT},
      {"Draining_LaterDeadlineReplaces", with_deadline(at(P::draining), s), replacing(drain(kStay, 9 * s)), P::draining, {25163}, {}},
      {"Draining_LaxerIntent", at(P::draining, kStop), drain(kStay), P::draining, {}, {}, TG_E_CONFLICT},
      {"Draining_LaxerIntentReplaces", at(P::draining, kStop), replacing(drain(kStay)), P::draining, {25163}, {}},
      {"Draining_StopNow", at(P::draining), what(H::stop_now), P::shutting, {}, {Kind::seal_gate}},
      {"Draining_Resume", at(P::draining), by("alice", H::resume), P::opening, {25167}, {Kind::set_limit, Kind::open_gate_unless_drained}},
      {"Draining_ResumeLiftsTheUnnamedToo", held_by(at(P::draining), hold_of("")), by("alice", H::resume), P::opening,
       {25167, 25167}, {Kind::set_limit, Kind::open_gate_unless_drained}},
      {"Draining_ResumeByOtherLeavesTheNamed", held_by(at(P::draining), hold_of("")), by("bob", H::resume), P::draining,
       {25167}, {}, TG_HELD},
      {"Draining_ResumeByOther", at(P::draining), by("bob", H::resume), P::draining, {}, {}, TG_E_HELD},
      {"Draining_ResumeOneOfTwo", held_by(at(P::draining), hold_of("bob")), by("alice", H::resume), P::draining, {25167}, {}, TG_HELD},
      {"Draining_ResumeAllHolds", held_by(at(P::draining), hold_of("bob")), overriding(by("carol", H::resume)), P::opening, {25168}, {Kind::set_limit, Kind::open_gate_unless_drained}},
      {"Draining_LastLeft", at(P::draining), what(H::gate_drained), P::drained, {25050}, {}},
      {"Draining_LastLeftToStop", at(P::draining, kStop), what(H::gate_drained), P::stopping, {25050, 25130}, {Kind::run_stop}},
      {"Draining_Noticed", at(P::draining), what(H::noticed, 3), P::draining, {25113}, {}},
      {"Draining_NobodyToNotice", at(P::draining), what(H::noticed, 0), P::draining, {}, {}},
      {"Draining_BlockersSeen", at(P::draining), what(H::blockers_seen), P::draining, {25120}, {}},
      {"Draining_NoticeStep", with_notices(at(P::draining)), what(H::time), P::draining, {}, {Kind::notice_sessions}},
      {"Draining_Stalled", at(P::draining), what(H::time), P::draining, {}, {Kind::name_blockers}, TG_OK, kNow + 60 * s},
      {"Draining_BeforeDeadline", with_deadline(at(P::draining), s), what(H::time), P::draining, {}, {}},
      {"Draining_Deadline", with_deadline(at(P::draining), s), what(H::time), P::closing, {}, {Kind::seal_gate}, TG_OK, kNow + s},
      {"Draining_DeadlineWait", with_deadline(at(P::draining), s, TG_DEADLINE_WAIT), what(H::time), P::draining, {25121, 25123}, {}, TG_OK, kNow + s},
      {"Draining_DeadlineResume", with_deadline(at(P::draining), s, TG_DEADLINE_RESUME), what(H::time), P::opening, {25121, 25124, 25167}, {Kind::set_limit, Kind::open_gate_unless_drained}, TG_OK, kNow + s},
      {"Draining_DeadlineResumeHeldByOther", held_by(with_deadline(at(P::draining), s, TG_DEADLINE_RESUME), hold_of("bob")), what(H::time), P::draining, {25121, 25124, 25167}, {}, TG_OK, kNow + s},
      {"Draining_DeadlineStop", with_deadline(at(P::draining), s, TG_DEADLINE_STOP), what(H::time), P::shutting, {25121}, {Kind::seal_gate}, TG_OK, kNow + s},
      {"Draining_DeadlineNobodyLeft", with_deadline(at(P::draining), s, TG_DEADLINE_RESUME), what(H::time, 0, 0), P::draining, {}, {}, TG_OK, kNow + s},
      {"Draining_LastHoldExpires", [] { State state = at(P::draining); state.holds.clear(); return held_by(state, hold_of("bob", TG_HOLD_UNTIL_TIME, kNow)); }(), what(H::time), P::opening, {25166}, {Kind::set_limit, Kind::open_gate_unless_drained}},
      {"Draining_OneHoldExpires", held_by(at(P::draining), hold_of("bob", TG_HOLD_UNTIL_TIME, kNow)), what(H::time), P::draining, {25166}, {}},

      {"Closing_Start", at(P::closing), what(H::start), P::closing, {}, {}, TG_E_STATE},
      {"Closing_Drain", at(P::closing), drain(kStay), P::closing, {}, {}},
      {"Closing_StopJoins", at(P::closing), drain(kStop), P::closing, {25164}, {}},
      {"Closing_LaxerIntent", at(P::closing, kStop), drain(kStay), P::closing, {}, {}, TG_E_CONFLICT},
      {"Closing_StopNow", at(P::closing), what(H::stop_now), P::shutting, {}, {Kind::seal_gate}},
      {"Closing_ReplacedInAHurry", hurried(at(P::closing)), replacing(drain(kStay)), P::closing, {}, {}, TG_E_TOO_LATE},
      {"Closing_GracefulStopInAHurry", hurried(at(P::closing)), drain(kStop), P::closing, {}, {}},
      {"Closing_Resume", at(P::closing), by("alice", H::resume), P::opening, {25167}, {Kind::set_limit, Kind::open_gate_unless_drained}},
      {"Closing_ResumeInAHurry", hurried(at(P::closing)), by("alice", H::resume), P::closing, {}, {}, TG_E_TOO_LATE},
      {"Closing_SessionsLeft", at(P::closing), shut(2), P::closing, {25121, 25122}, {Kind::close_sessions}},
      {"Closing_LastLeft", at(P::closing), what(H::gate_drained), P::drained, {25128, 25050}, {}},
      {"Closing_LastLeftToStop", at(P::closing, kStop), what(H::gate_drained), P::stopping, {25128, 25050, 25130}, {Kind::run_stop}},
      {"Closing_Noticed", at(P::closing), what(H::noticed, 3), P::closing, {25113}, {}},
      {"Closing_UnneededInAHurry", hurried(at(P::closing)), what(H::unneeded), P::stopping, {25125}, {Kind::run_stop}},
      {"Closing_Unneeded", at(P::closing, kStop), what(H::unneeded), P::closing, {}, {}},
      {"Closing_BeforeKillGraceIsOver", at(P::closing), what(H::time), P::closing, {}, {}},
      {"Closing_KillGraceOver", at(P::closing), what(H::time), P::stuck, {25129}, {}, TG_OK, kNow + 5 * s},

      {"Drained_Start", at(P::drained), what(H::start), P::drained, {}, {}, TG_E_STATE},
      {"Drained_Drain", at(P::drained), drain(kStay), P::drained, {}, {}},
      {"Drained_GracefulStop", at(P::drained), drain(kStop), P::stopping, {25164, 25130}, {Kind::run_stop}},
      {"Drained_GracefulStopStillNeeded", at(P::drained), needed(drain(kStop), false), P::drained, {25164, 25131}, {}},
      {"Drained_StayReplacesStop", at(P::drained, kStop), replacing(drain(kStay)), P::drained, {25163}, {}},
      {"Drained_StopNow", at(P::drained), what(H::stop_now), P::stopping, {25130}, {Kind::run_stop}},
      {"Drained_StopNowStillNeeded", at(P::drained), needed(what(H::stop_now), false), P::drained, {25131}, {}},
      {"Drained_Resume", at(P::drained), by("alice", H::resume), P::opening, {25167}, {Kind::set_limit, Kind::open_gate}},
      {"Drained_Unneeded", at(P::drained, kStop), what(H::unneeded), P::stopping, {25130}, {Kind::run_stop}},
      {"Drained_UnneededToStay", at(P::drained), what(H::unneeded), P::drained, {}, {}},
      {"Drained_LastHoldExpires", [] { State state = at(P::drained); state.holds.clear(); return held_by(state, hold_of("bob", TG_HOLD_UNTIL_TIME, kNow)); }(), what(H::time), P::opening, {25166}, {Kind::set_limit, Kind::open_gate}},

      {"Opening_GateOpened", at(P::opening), what(H::gate_opened), P::running, {25140, 25141}, {}},
      {"Opening_GateOpenedToRamp", [] { State state = at(P::opening); state.ramp_began = kNow; return state; }(), what(H::gate_opened), P::ramping, {25140}, {}, TG_OK, kNow, kRamped},
      {"Opening_LastLeftFirst", at(P::opening), what(H::gate_drained), P::opening, {25050}, {Kind::open_gate}},
      {"Opening_LastLeftFirstInAStop", at(P::opening, kStop), what(H::gate_drained), P::opening, {25050}, {Kind::open_gate}},

      {"Ramping_Start", at(P::ramping), what(H::start), P::ramping, {}, {}},
      {"Ramping_Drain", at(P::ramping), drain(kStay), P::shutting, {25165}, {Kind::shut_gate}},
      {"Ramping_StopNow", at(P::ramping), what(H::stop_now), P::shutting, {}, {Kind::seal_gate}},
      {"Ramping_Resume", at(P::ramping), by("alice", H::resume), P::ramping, {}, {}},
      {"Ramping_LimitGrows", at(P::ramping), what(H::time), P::ramping, {}, {Kind::set_limit}, TG_OK, kNow + s, kRamped},
      {"Ramping_Over", at(P::ramping), what(H::time), P::running, {25141}, {Kind::set_limit}, TG_OK, kNow + 30 * s, kRamped},

      {"Stopping_Start", at(P::stopping), what(H::start), P::stopping, {}, {}, TG_E_STATE},
      {"Stopping_GracefulStop", at(P::stopping, kStop), drain(kStop), P::stopping, {}, {}},
      {"Stopping_StopInsteadOfRestart", at(P::stopping, kRestart), drain(kStop), P::stopping, {25164}, {}},
      {"Stopping_Drain", at(P::stopping, kStop), drain(kStay), P::stopping, {}, {}, TG_E_TOO_LATE},
      {"Stopping_StopNow", at(P::stopping), what(H::stop_now), P::stopping, {}, {}},
      {"Stopping_Resume", at(P::stopping), by("alice", H::resume), P::stopping, {}, {}, TG_E_TOO_LATE},
      {"Stopping_Stopped", at(P::stopping, kStop), what(H::stopped), P::stopped, {25003}, {}},
      {"Stopping_StoppedToRestart", at(P::stopping, kRestart), what(H::stopped), P::starting, {25003, 25100}, {Kind::run_start}},
      {"Stopping_StoppedToRestartNeedsComing", at(P::stopping, kRestart), needing(what(H::stopped), Needs::coming), P::waiting, {25003, 25100, 25103}, {}},

      {"Unstarted_Start", at(P::unstarted), what(H::start), P::starting, {25100}, {Kind::run_start}},
      {"Unstarted_GracefulStop", at(P::unstarted), drain(kStop), P::stopped, {25003}, {}},
      {"Unstarted_Drain", at(P::unstarted), drain(kStay), P::unstarted, {}, {}, TG_E_STATE},
      {"Unstarted_StopNow", at(P::unstarted), what(H::stop_now), P::stopped, {25003}, {}},
      {"Unstarted_Resume", at(P::unstarted), by("alice", H::resume), P::unstarted, {}, {}, TG_E_STATE},
      {"Unstarted_HoldExpires", held_by(at(P::unstarted), hold_of("alice", TG_HOLD_UNTIL_TIME, kNow)), what(H::time), P::unstarted, {25166}, {}},

      {"Stuck_Start", at(P::stuck), what(H::start), P::stuck, {}, {}, TG_E_BUSY},
      {"Stuck_StopJoins", at(P::stuck), drain(kStop), P::stuck, {25164}, {}},
      {"Stuck_LaxerIntent", at(P::stuck, kStop), drain(kStay), P::stuck, {}, {}, TG_E_CONFLICT},
      {"Stuck_StopNow", at(P::stuck), what(H::stop_now), P::shutting, {}, {Kind::seal_gate}},
      {"Stuck_Resume", at(P::stuck), by("alice", H::resume), P::stuck, {}, {}, TG_E_STATE},
      {"Stuck_LastLeft", at(P::stuck), what(H::gate_drained), P::drained, {25128, 25050}, {}},
      {"Stuck_LastLeftHeldByNobody",
       [] {
         State state = at(P::stuck);
         state.holds.clear();
         return state;
       }(),
       what(H::gate_drained),
       P::opening,
       {25128, 25050},
       {Kind::set_limit, Kind::open_gate}},
      {"Stuck_HoldExpires", held_by(at(P::stuck), hold_of("bob", TG_HOLD_UNTIL_TIME, kNow)), what(H::time), P::stuck, {25166}, {}},
  };
  return all;
}

class MachineRow : public testing::TestWithParam<Case> {};

TEST_P(MachineRow, DoesWhatTheTableSays) {
  const Case &row = GetParam();
  const Step step = machine::step(row.config, row.from, row.input, row.now);
  EXPECT_EQ(name_of(step.state.place), name_of(row.to));
  EXPECT_EQ(step.result, row.result);
  EXPECT_EQ(step.why.empty(), row.result >= 0) << "a refusal has a sentence";
  std::vector<std::uint32_t> events;
  std::vector<Kind> effects;
  for (const Effect &effect : step.effects)
    if (effect.kind == Kind::emit)
      events.push_back(effect.number);
    else if (effect.kind != Kind::keep)
      effects.push_back(effect.kind);
  EXPECT_EQ(events, row.events);
  EXPECT_EQ(effects, row.effects);
  if (row.result < 0) {
    EXPECT_EQ(step.state, row.from) << "a refusal changes nothing";
  }
}

INSTANTIATE_TEST_SUITE_P(Table, MachineRow, testing::ValuesIn(cases()),
                         [](const testing::TestParamInfo<Case> &info) { return std::string(info.param.name); });

TEST(Machine, Table_HasATestForEachRow) {
  std::set<std::pair<P, H>> rows, tested;
  for (const Row &row : machine::rows()) EXPECT_TRUE(rows.emplace(row.at, row.what).second) << "a row twice";
  for (const Case &test : cases()) tested.emplace(test.from.place, test.input.what);
  EXPECT_EQ(rows, tested);
}

TEST(Machine, Pair_WithoutARow_IsRefusedAndChangesNothing) {
  std::set<std::pair<P, H>> rows;
  for (const Row &row : machine::rows()) rows.emplace(row.at, row.what);
  int refused = 0;
  for (std::size_t p = 0; p < kPlaces; ++p)
    for (std::size_t h = 0; h < kHappenings; ++h) {
      const auto place = static_cast<Place>(p);
      const auto happening = static_cast<Happening>(h);
      if (rows.contains({place, happening})) continue;
      const State from = at(place);
      const Step step = machine::step(kPlain, from, {happening}, kNow);
      EXPECT_EQ(step.result, TG_E_STATE) << name_of(place) << " " << name_of(happening);
      EXPECT_EQ(step.state, from);
      EXPECT_EQ(step.effects.begin(), step.effects.end());
      ++refused;
    }
  EXPECT_EQ(static_cast<std::size_t>(refused) + rows.size(), kPlaces * kHappenings);
}

Step step_of(const State &state, const Input &input, Nanos now = kNow, const Config &config = kPlain) {
  return machine::step(config, state, input, now);
}

bool keeps(const Step &step) {
  return std::ranges::any_of(step.effects, [](const Effect &effect) { return effect.kind == Kind::keep; });
}

TEST(Machine, Drain_BeginsAnEpochWithADeadline) {
  const Step step = step_of(at(P::running), drain(TG_INTENT_STOP, 30 * kSecond));
  EXPECT_EQ(step.state.epoch, 1u);
  EXPECT_EQ(step.state.deadline, kNow + 30 * kSecond);
  EXPECT_EQ(step_of(step.state, shut(1)).state.deadline, kNow + 30 * kSecond);
}

TEST(Machine, Drain_RepeatedLater_DoesNotResetTheClock) {
  const State draining = with_deadline(at(P::draining), 30 * kSecond);
  const Step again = step_of(draining, drain(TG_INTENT_STAY, 30 * kSecond), kNow + 10 * kSecond);
  EXPECT_EQ(again.result, TG_OK);
  EXPECT_EQ(again.state, draining);
}

TEST(Machine, Drain_Merged_TakesTheStricterOfEach) {
  const State draining = with_deadline(at(P::draining, TG_INTENT_STOP), 30 * kSecond);
  Input ask = drain(TG_INTENT_STAY, 5 * kSecond);
  ask.drain.at_deadline = TG_DEADLINE_WAIT;
  const Step joined = step_of(draining, ask);
  EXPECT_EQ(joined.state.intent, TG_INTENT_STOP) << "stop is stricter than stay";
  EXPECT_EQ(joined.state.deadline, kNow + 5 * kSecond);
  EXPECT_EQ(joined.state.at_deadline, TG_DEADLINE_WAIT) << "it goes with the deadline";
}

TEST(Machine, Drain_Replaced_TakesTheDeadlineAwayToo) {
  const Step replaced = step_of(with_deadline(at(P::draining), kSecond), replacing(drain(TG_INTENT_STAY)));
  EXPECT_EQ(replaced.state.deadline, kNever);
  EXPECT_EQ(replaced.state.epoch, 3u) << "it is still the same drain";
}

TEST(Machine, DeadlineOver_TheSameAgain_IsANewOne) {
  State state = with_deadline(at(P::draining), 2 * kSecond, TG_DEADLINE_WAIT);
  state = step_of(state, what(H::time), kNow + 2 * kSecond).state;
  ASSERT_EQ(state.deadline, kNever);
  const Step again = step_of(state, drain(TG_INTENT_STAY, 2 * kSecond), kNow + 3 * kSecond);
  EXPECT_EQ(again.state.deadline, kNow + 5 * kSecond);
}

TEST(Machine, Announcement_CountsAgainstTheDeadline) {
  Step step = step_of(at(P::running), announced(drain(TG_INTENT_STAY, 30 * kSecond)));
  step = step_of(step.state, what(H::time), kNow + 2 * kSecond);
  EXPECT_EQ(step.state.place, P::shutting);
  EXPECT_EQ(step.state.deadline, kNow + 30 * kSecond);
}

TEST(Machine, Announcement_NotBeforeItsMinimum) {
  Input ask = announced(drain(TG_INTENT_STAY));
  ask.drain.announce_min = 10 * kSecond;
  const Step begun = step_of(at(P::running), ask);
  EXPECT_EQ(step_of(begun.state, what(H::time), kNow + 9 * kSecond).state.place, P::announcing);
  EXPECT_EQ(step_of(begun.state, what(H::time), kNow + 10 * kSecond).state.place, P::shutting);
}

TEST(Machine, Announcement_AnArrivalBeginsTheQuietAnew) {
  Step step = step_of(at(P::running), announced(drain(TG_INTENT_STAY)));
  Input arrived = what(H::time);
  arrived.arrivals = 1;
  for (Nanos now = kNow; now < kNow + 15 * kSecond; now += kSecond / 4) {
    if (now < kNow + 3 * kSecond) ++arrived.arrivals;
    step = step_of(step.state, arrived, now);
    ASSERT_EQ(step.state.place == P::announcing, now < kNow + 3 * kSecond - kSecond / 4 + 2 * kSecond) << now;
    if (step.state.place != P::announcing) return;
  }
  FAIL() << "it never ended";
}

TEST(Machine, Notices_AreSpreadOverTheWindow) {
  State state = with_notices(at(P::draining));
  std::vector<Nanos> at_times;
  std::vector<std::uint64_t> tenths;
  for (Nanos now = kNow; next_time(state) < kNow + 30 * kSecond; now = next_time(state)) {
    const Step step = step_of(state, what(H::time), now);
    state = step.state;
    for (const Effect &effect : step.effects)
      if (effect.kind == Kind::notice_sessions) at_times.push_back(now), tenths.push_back(effect.count);
    if (now > kNow + 30 * kSecond) break;
  }
  ASSERT_EQ(tenths.size(), kNoticeSteps);
  EXPECT_EQ(tenths.back(), kNoticeSteps) << "at last all are asked";
  EXPECT_EQ(at_times.front(), kNow);
  EXPECT_EQ(at_times.back(), kNow + 9 * kSecond);
}

TEST(Machine, Stalled_IsSaidOnceUntilSomebodyLeaves) {
  State state = at(P::draining);
  int said = 0;
  std::uint64_t left = 0;
  for (Nanos now = kNow; now < kNow + 300 * kSecond; now += kSecond) {
    if (now == kNow + 130 * kSecond) left = 1;
    Input tick = what(H::time);
    tick.departures = left;
    const Step step = step_of(state, tick, now);
    state = step.state;
    for (const Effect &effect : step.effects) said += effect.kind == Kind::name_blockers;
  }
  EXPECT_EQ(said, 2) << "once, and once more after somebody had left";
}

TEST(Machine, Ramp_GrowsFromItsShareToTheWhole) {
  State state = at(P::ramping);
  EXPECT_EQ(limit_at(kRamped, state, kNow), 10u);
  EXPECT_EQ(limit_at(kRamped, state, kNow + 15 * kSecond), 55u);
  EXPECT_EQ(limit_at(kRamped, state, kNow + 30 * kSecond), 100u);
  state.ramp_began = kNever;
  EXPECT_EQ(limit_at(kRamped, state, kNow), 100u) << "no ramp, no other limit";
}

TEST(Machine, Ramp_SmallMaximum_LetsSomebodyIn) {
  EXPECT_EQ(limit_at({3, 30 * kSecond, 10, kNever, false}, at(P::ramping), kNow), 1u);
}

TEST(Machine, Start_TheFirstTime_IsNotRamped) {
  State first = at(P::starting);
  EXPECT_EQ(step_of(first, what(H::started), kNow, kRamped).state.ramp_began, kNever);
  first.epoch = 3;
  EXPECT_EQ(step_of(first, what(H::started), kNow, kRamped).state.ramp_began, kNow) << "a crowd waits after a drain";
}

TEST(Machine, HoldExpires_DuringADrainWithoutAHold_DoesNotCallItOff) {
  State state = at(P::draining, TG_INTENT_STOP);
  state.holds.clear();
  state.unheld = true;
  state = held_by(state, hold_of("bob", TG_HOLD_UNTIL_TIME, kNow));
  const Step step = step_of(state, what(H::time));
  EXPECT_EQ(step.state.place, P::draining);
  EXPECT_TRUE(step.state.holds.empty());
}

TEST(Machine, HoldExpires_WhileAStopWaitsForWhatNeedsIt_DoesNotCallItOff) {
  State state = at(P::drained);
  state.holds.clear();
  state = held_by(state, hold_of("bob", TG_HOLD_UNTIL_TIME, kNow + kSecond));
  state = step_of(state, needed(what(H::stop_now), false)).state;
  EXPECT_EQ(step_of(state, needed(what(H::time), false), kNow + kSecond).state.place, P::drained);
}

TEST(Machine, Holds_NinthActor_IsRefused) {
  State state = at(P::draining);
  for (const char *actor : {"b", "c", "d", "e", "f", "g", "h"}) state = held_by(state, hold_of(actor));
  const Step step = step_of(state, drain(TG_INTENT_STAY, kNever, "i"));
  EXPECT_EQ(step.result, TG_E_LIMIT);
  EXPECT_EQ(step.state, state);
}

TEST(Machine, Stopped_KeepsOnlyHoldsThatOutliveARestart) {
  State state = held_by(at(P::stopping, TG_INTENT_STOP), hold_of("alice", TG_HOLD_UNTIL_RESTART));
  state = held_by(state, hold_of("bob"));
  const Step step = step_of(state, what(H::stopped));
  ASSERT_EQ(step.state.holds.size(), 1u);
  EXPECT_EQ(step.state.holds.begin()->action.actor.view(), "bob");
}

TEST(Machine, DeadlineResume_WithoutAHoldOfItsOwn_LiftsNone) {
  State state = with_deadline(at(P::draining), kSecond, TG_DEADLINE_RESUME);
  state.owner_holds = false;
  state.unheld = true;
  const Step step = step_of(state, what(H::time), kNow + kSecond);
  EXPECT_EQ(step.state.place, P::draining) << "alice holds it by an earlier drain";
  EXPECT_EQ(step.state.holds.size(), 1u);
}

TEST(Machine, Changes_ThatACrashMustNotTakeAway_AreKept) {
  EXPECT_TRUE(keeps(step_of(at(P::draining), drain(TG_INTENT_STAY, kNever, "bob")))) << "a hold placed";
  EXPECT_TRUE(keeps(step_of(held_by(at(P::draining), hold_of("bob")), by("bob", H::resume)))) << "a hold lifted";
  EXPECT_TRUE(keeps(step_of(at(P::shutting), shut(1)))) << "25049";
  EXPECT_TRUE(keeps(step_of(at(P::draining), what(H::gate_drained)))) << "25050";
  EXPECT_FALSE(keeps(step_of(at(P::draining), drain(TG_INTENT_STAY)))) << "nothing has changed";
  const Step drained = step_of(at(P::draining), what(H::gate_drained));
  EXPECT_EQ((drained.effects.end() - 1)->kind, Kind::keep) << "announced, then written";
}

TEST(Machine, Resume_AfterTheLastLeft_SaysDrainedBeforeItOpens) {
  Step step = step_of(at(P::draining), by("alice", H::resume));
  step = step_of(step.state, what(H::gate_drained));
  EXPECT_TRUE(step.state.said_drained);
  step = step_of(step.state, what(H::gate_opened));
  EXPECT_EQ(step.state.place, P::running);
  EXPECT_FALSE(step.state.said_drained) << "the next epoch says its own";
}

TEST(Machine, Stuck_LastLeaves_FollowsTheIntent) {
  EXPECT_EQ(step_of(at(P::stuck, TG_INTENT_STOP), what(H::gate_drained)).state.place, P::stopping);
}

TEST(Machine, Events_CarryThePlaceTheyWereSaidAt) {
  const Step step = step_of(at(P::shutting, TG_INTENT_STOP), shut(0));
  std::vector<P> places;
  for (const Effect &effect : step.effects)
    if (effect.kind == Kind::emit) places.push_back(effect.place);
  EXPECT_EQ(places, (std::vector<P>{P::draining, P::drained, P::stopping}));
}

TEST(Machine, Ready_OnlyWhereTheGateIsOpen) {
  for (std::size_t p = 0; p < kPlaces; ++p) {
    const auto place = static_cast<Place>(p);
    EXPECT_EQ(is_ready(place), place == P::running || place == P::ramping) << name_of(place);
  }
}

}  // namespace
}  // namespace tidegate::sdk::machine

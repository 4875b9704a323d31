// Each row of the machine's table, and each pair that has none.

#include "core/machine.hpp"

#include <ostream>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "machine_inputs.hpp"
#include "machine_states.hpp"

namespace tidegate::sdk::machine {
namespace {

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
      {"Stopped_StartNeedsMissing", at(P::stopped), needing(what(H::start), Needs::missing), P::stopped, {}, {},
       TG_E_STATE},
      {"Stopped_GracefulStop", at(P::stopped), drain(kStop), P::stopped, {}, {}},
      {"Stopped_Drain", at(P::stopped), drain(kStay), P::stopped, {}, {}, TG_E_STATE},
      {"Stopped_StopNow", at(P::stopped), what(H::stop_now), P::stopped, {}, {}},
      {"Stopped_Resume", at(P::stopped), by("alice", H::resume), P::stopped, {}, {}, TG_E_STATE},
      {"Stopped_ResumeHeld", held_by(at(P::stopped), hold_of("alice")), by("alice", H::resume), P::stopped, {25167}, {}},
      {"Stopped_ResumeHeldByOther", held_by(at(P::stopped), hold_of("alice")), by("bob", H::resume), P::stopped, {}, {},
       TG_E_HELD},
      {"Stopped_HoldExpires", held_by(at(P::stopped), hold_until("alice", kNow)), what(H::time), P::stopped, {25166}, {}},

      {"Waiting_Start", at(P::waiting), what(H::start), P::waiting, {}, {}},
      {"Waiting_GracefulStop", at(P::waiting), drain(kStop), P::stopped, {25003}, {}},
      {"Waiting_Drain", at(P::waiting), drain(kStay), P::waiting, {}, {}, TG_E_STATE},
      {"Waiting_StopNow", at(P::waiting), what(H::stop_now), P::stopped, {25003}, {}},
      {"Waiting_Resume", at(P::waiting), by("alice", H::resume), P::waiting, {}, {}, TG_E_STATE},
      {"Waiting_NeedsMet", at(P::waiting), what(H::needs_met), P::starting, {}, {Kind::run_start}},
      {"Waiting_NeedsFailed", at(P::waiting), what(H::needs_failed), P::unstarted, {25102}, {}},
      {"Waiting_HoldExpires", held_by(at(P::waiting), hold_until("alice", kNow)), what(H::time), P::waiting, {25166}, {}},

      {"Starting_Start", at(P::starting), what(H::start), P::starting, {}, {}},
      {"Starting_Drain", at(P::starting), drain(kStay), P::starting, {}, {}, TG_E_STATE},
      {"Starting_StopNow", at(P::starting), what(H::stop_now), P::starting, {}, {}, TG_E_STATE},
      {"Starting_Resume", at(P::starting), by("alice", H::resume), P::starting, {}, {}, TG_E_STATE},
      {"Starting_Started", at(P::starting), what(H::started), P::starting, {}, {Kind::set_limit, Kind::open_gate}},
      {"Starting_StartedHeld", held_by(at(P::starting), hold_of("alice")), what(H::started), P::shutting, {25169},
       {Kind::shut_gate}},
      {"Starting_StartedAsTheJournalSays", recovered(at(P::starting)), what(H::started), P::shutting, {25170},
       {Kind::shut_gate}},
      {"Starting_StartedToBePaused", at(P::starting), what(H::started), P::shutting, {25169}, {Kind::shut_gate}, TG_OK,
       kNow, kStartPaused},
      {"Starting_StartedHoldJustExpired", held_by(at(P::starting), hold_until("alice", kNow)), what(H::started),
       P::starting, {25166}, {Kind::set_limit, Kind::open_gate}},
      {"Starting_StartedWhileTheHostEnds", at(P::starting), ending(what(H::started)), P::stopping, {25130}, {Kind::run_stop}},
      {"Starting_StartFailed", at(P::starting), what(H::start_failed), P::unstarted, {25102}, {}},
      {"Starting_GateOpened", at(P::starting), what(H::gate_opened), P::running, {25101}, {}},
      {"Starting_HoldExpires", held_by(at(P::starting), hold_until("alice", kNow)), what(H::time), P::starting, {25166},
       {}},

      {"Running_Start", at(P::running), what(H::start), P::running, {}, {}},
      {"Running_Drain", at(P::running), drain(kStay), P::shutting, {25165}, {Kind::shut_gate}},
      {"Running_DrainWithoutHold", at(P::running), unheld(drain(kStay)), P::shutting, {}, {Kind::shut_gate}},
      {"Running_DrainAnnounced", at(P::running), announced(drain(kStay)), P::announcing, {25165, 25110}, {}},
      {"Running_AnnouncementFillsTheDeadline", at(P::running), announced(drain(kStay, 15 * s)), P::running, {}, {},
       TG_E_INVALID},
      {"Running_GracefulStop", at(P::running), drain(kStop), P::shutting, {25165}, {Kind::shut_gate}},
      {"Running_GracefulStopWhileNeeded", at(P::running), needed(drain(kStop), true), P::running, {}, {}, TG_E_BUSY},
      {"Running_DrainWhileNeeded", at(P::running), needed(drain(kStay), true), P::shutting, {25165}, {Kind::shut_gate}},
      {"Running_StopNow", at(P::running), what(H::stop_now), P::shutting, {}, {Kind::seal_gate}},
      {"Running_StopNowWhileNeeded", at(P::running), needed(what(H::stop_now), true), P::running, {}, {}, TG_E_BUSY},
      {"Running_Resume", at(P::running), by("alice", H::resume), P::running, {}, {}},

      {"Announcing_Start", at(P::announcing), what(H::start), P::announcing, {}, {}, TG_E_STATE},
      {"Announcing_SameDrain", at(P::announcing), announced(drain(kStay)), P::announcing, {}, {}},
      {"Announcing_StopJoins", at(P::announcing), announced(drain(kStop)), P::announcing, {25164}, {}},
      // FINDINGS L2: what does not announce means "refuse from now on".
      {"Announcing_DrainThatDoesNotAnnounce", at(P::announcing), drain(kStay), P::shutting, {}, {Kind::shut_gate}},
      {"Announcing_StopThatDoesNotAnnounce", at(P::announcing), drain(kStop), P::shutting, {25164}, {Kind::shut_gate}},
      {"Announcing_RampGoesOn", to_ramp(at(P::announcing)), what(H::time), P::announcing, {}, {Kind::set_limit}, TG_OK,
       kNow + s, kRamped},
      {"Announcing_Replaced", at(P::announcing), replacing(drain(kStay)), P::shutting, {25163}, {Kind::shut_gate}},
      {"Announcing_StopNow", at(P::announcing), what(H::stop_now), P::shutting, {}, {Kind::seal_gate}},
      {"Announcing_Resume", at(P::announcing), by("alice", H::resume), P::opening, {25167},
       {Kind::set_limit, Kind::open_gate}},
      {"Announcing_Quiet", at(P::announcing), what(H::time), P::shutting, {25111}, {Kind::shut_gate}, TG_OK, kNow + 2 * s},
      {"Announcing_NotQuietYet", at(P::announcing), what(H::time), P::announcing, {}, {}, TG_OK, kNow + s},
      {"Announcing_Over", crowded(at(P::announcing)), what(H::time), P::shutting, {25112}, {Kind::shut_gate}, TG_OK,
       kNow + 15 * s},
      {"Announcing_LastHoldExpires", held_by(held_by_nobody(at(P::announcing)), hold_until("bob", kNow + s)), what(H::time),
       P::opening, {25166}, {Kind::set_limit, Kind::open_gate}, TG_OK, kNow + s},

      {"Shutting_SessionsLeft", at(P::shutting), shut(2), P::draining, {25049}, {}},
      {"Shutting_NobodyLeft", at(P::shutting), shut(0), P::drained, {25049, 25050}, {}},
      {"Shutting_NobodyLeftToStop", at(P::shutting, kStop), shut(0), P::stopping, {25049, 25050, 25130}, {Kind::run_stop}},
      {"Shutting_NobodyLeftToStopStillNeeded", at(P::shutting, kStop), needed(shut(0), false), P::drained,
       {25049, 25050, 25131}, {}},
      {"Shutting_HurrySessionsLeft", hurried(at(P::shutting)), shut(2), P::stopping, {25049, 25125},
       {Kind::close_sessions, Kind::run_stop}},
      {"Shutting_HurryStillNeeded", hurried(at(P::shutting)), needed(shut(2), false), P::closing, {25049, 25131},
       {Kind::close_sessions}},
      {"Shutting_HurryNobodyLeft", hurried(at(P::shutting)), shut(0), P::stopping, {25049, 25050, 25130}, {Kind::run_stop}},

      {"Draining_Start", at(P::draining), what(H::start), P::draining, {}, {}, TG_E_STATE},
      {"Draining_SameDrain", at(P::draining), drain(kStay), P::draining, {}, {}},
      {"Draining_OtherActor", at(P::draining), drain(kStay, kNever, "bob"), P::draining, {25165}, {}},
      {"Draining_StopJoins", at(P::draining), drain(kStop), P::draining, {25164}, {}},
      {"Draining_RestartJoins", at(P::draining), drain(kRestart), P::draining, {25164}, {}},
      {"Draining_StopJoinsRestart", at(P::draining, kRestart), drain(kStop), P::draining, {25164}, {}},
      {"Draining_StopWhileNeeded", at(P::draining), needed(drain(kStop), true), P::draining, {}, {}, TG_E_BUSY},
      {"Draining_DeadlineJoins", at(P::draining), drain(kStay, s), P::draining, {25164}, {}},
      {"Draining_LaterDeadline", with_deadline(at(P::draining), s), drain(kStay, 9 * s), P::draining, {}, {},
       TG_E_CONFLICT},
      {"Draining_DeadlineThatEndsJoinsAWait", with_deadline(at(P::draining), s, TG_DEADLINE_WAIT), drain(kStay, 9 * s),
       P::draining, {25164}, {}},
      {"Draining_LaterDeadlineReplaces", with_deadline(at(P::draining), s), replacing(drain(kStay, 9 * s)), P::draining,
       {25163}, {}},
      {"Draining_LaxerIntent", at(P::draining, kStop), drain(kStay), P::draining, {}, {}, TG_E_CONFLICT},
      {"Draining_LaxerIntentReplaces", at(P::draining, kStop), replacing(drain(kStay)), P::draining, {25163}, {}},
      {"Draining_StopNow", at(P::draining), what(H::stop_now), P::shutting, {}, {Kind::seal_gate}},
      {"Draining_Resume", at(P::draining), by("alice", H::resume), P::opening, {25167},
       {Kind::set_limit, Kind::open_gate_unless_drained}},
      {"Draining_ResumeLiftsTheUnnamedToo", held_by(at(P::draining), hold_of("")), by("alice", H::resume), P::opening,
       {25167, 25167}, {Kind::set_limit, Kind::open_gate_unless_drained}},
      {"Draining_ResumeByOtherLeavesTheNamed", held_by(at(P::draining), hold_of("")), by("bob", H::resume), P::draining,
       {25167}, {}, TG_HELD},
      {"Draining_ResumeByOther", at(P::draining), by("bob", H::resume), P::draining, {}, {}, TG_E_HELD},
      {"Draining_ResumeOneOfTwo", held_by(at(P::draining), hold_of("bob")), by("alice", H::resume), P::draining, {25167},
       {}, TG_HELD},
      {"Draining_ResumeAllHolds", held_by(at(P::draining), hold_of("bob")), overriding(by("carol", H::resume)), P::opening,
       {25168}, {Kind::set_limit, Kind::open_gate_unless_drained}},
      {"Draining_LastLeft", at(P::draining), what(H::gate_drained), P::drained, {25050}, {}},
      {"Draining_LastLeftToStop", at(P::draining, kStop), what(H::gate_drained), P::stopping, {25050, 25130},
       {Kind::run_stop}},
      {"Draining_NoticedAgain", at(P::draining), what(H::noticed_again, 3), P::draining, {25113}, {}},
      {"Draining_Noticed", at(P::draining), what(H::noticed, 3), P::draining, {25113}, {}},
      {"Draining_NobodyToNotice", at(P::draining), what(H::noticed, 0), P::draining, {}, {}},
      {"Draining_BlockersSeen", at(P::draining), what(H::blockers_seen), P::draining, {25120}, {}},
      {"Draining_NoticeStep", with_notices(at(P::draining)), what(H::time), P::draining, {}, {Kind::notice_sessions}},
      {"Draining_Stalled", at(P::draining), what(H::time), P::draining, {}, {Kind::name_blockers}, TG_OK, kNow + 60 * s},
      {"Draining_BeforeDeadline", with_deadline(at(P::draining), s), what(H::time), P::draining, {}, {}},
      {"Draining_Deadline", with_deadline(at(P::draining), s), what(H::time), P::closing, {}, {Kind::seal_gate}, TG_OK,
       kNow + s},
      {"Draining_DeadlineWait", with_deadline(at(P::draining), s, TG_DEADLINE_WAIT), what(H::time), P::draining,
       {25121, 25123}, {}, TG_OK, kNow + s},
      {"Draining_DeadlineResume", with_deadline(at(P::draining), s, TG_DEADLINE_RESUME), what(H::time), P::opening,
       {25121, 25124, 25167}, {Kind::set_limit, Kind::open_gate_unless_drained}, TG_OK, kNow + s},
      {"Draining_DeadlineResumeHeldByOther", held_by(with_deadline(at(P::draining), s, TG_DEADLINE_RESUME), hold_of("bob")),
       what(H::time), P::draining, {25121, 25124, 25167}, {}, TG_OK, kNow + s},
      {"Draining_DeadlineStop", with_deadline(at(P::draining), s, TG_DEADLINE_STOP), what(H::time), P::shutting, {25121},
       {Kind::seal_gate}, TG_OK, kNow + s},
      {"Draining_DeadlineNobodyLeft", with_deadline(at(P::draining), s, TG_DEADLINE_RESUME), what(H::time, 0, 0),
       P::draining, {}, {}, TG_OK, kNow + s},
      {"Draining_LastHoldExpires", held_by(held_by_nobody(at(P::draining)), hold_until("bob", kNow)), what(H::time),
       P::opening, {25166}, {Kind::set_limit, Kind::open_gate_unless_drained}},
      {"Draining_OneHoldExpires", held_by(at(P::draining), hold_until("bob", kNow)), what(H::time), P::draining, {25166},
       {}},

      {"Closing_Start", at(P::closing), what(H::start), P::closing, {}, {}, TG_E_STATE},
      {"Closing_Drain", at(P::closing), drain(kStay), P::closing, {}, {}},
      {"Closing_StopJoins", at(P::closing), drain(kStop), P::closing, {25164}, {}},
      {"Closing_LaxerIntent", at(P::closing, kStop), drain(kStay), P::closing, {}, {}, TG_E_CONFLICT},
      {"Closing_StopNow", at(P::closing), what(H::stop_now), P::shutting, {}, {Kind::seal_gate}},
      {"Closing_ReplacedInAHurry", hurried(at(P::closing)), replacing(drain(kStay)), P::closing, {}, {}, TG_E_TOO_LATE},
      {"Closing_GracefulStopInAHurry", hurried(at(P::closing)), drain(kStop), P::closing, {}, {}},
      {"Closing_Resume", at(P::closing), by("alice", H::resume), P::opening, {25167},
       {Kind::set_limit, Kind::open_gate_unless_drained}},
      {"Closing_ResumeInAHurry", hurried(at(P::closing)), by("alice", H::resume), P::closing, {}, {}, TG_E_TOO_LATE},
      {"Closing_SessionsLeft", at(P::closing), shut(2), P::closing, {25121, 25122}, {Kind::close_sessions}},
      {"Closing_LastLeft", at(P::closing), what(H::gate_drained), P::drained, {25128, 25050}, {}},
      {"Closing_LastLeftToStop", at(P::closing, kStop), what(H::gate_drained), P::stopping, {25128, 25050, 25130},
       {Kind::run_stop}},
      {"Closing_NoticedAgain", at(P::closing), what(H::noticed_again, 3), P::closing, {25113}, {}},
      {"Closing_CloseTold", at(P::closing), what(H::close_told), P::closing, {}, {}},
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
      {"Drained_LastHoldExpires", held_by(held_by_nobody(at(P::drained)), hold_until("bob", kNow)), what(H::time),
       P::opening, {25166}, {Kind::set_limit, Kind::open_gate}},

      {"Opening_GateOpened", at(P::opening), what(H::gate_opened), P::running, {25140, 25141}, {}},
      {"Opening_GateOpenedToRamp", to_ramp(at(P::opening)), what(H::gate_opened), P::ramping, {25140}, {}, TG_OK, kNow,
       kRamped},
      {"Opening_LastLeftFirst", at(P::opening), what(H::gate_drained), P::opening, {25050}, {Kind::open_gate}},
      {"Opening_LastLeftFirstInAStop", at(P::opening, kStop), what(H::gate_drained), P::opening, {25050},
       {Kind::open_gate}},

      {"Ramping_Start", at(P::ramping), what(H::start), P::ramping, {}, {}},
      {"Ramping_Drain", at(P::ramping), drain(kStay), P::shutting, {25165}, {Kind::shut_gate}},
      {"Ramping_StopNow", at(P::ramping), what(H::stop_now), P::shutting, {}, {Kind::seal_gate}},
      {"Ramping_Resume", at(P::ramping), by("alice", H::resume), P::ramping, {}, {}},
      {"Ramping_LimitGrows", at(P::ramping), what(H::time), P::ramping, {}, {Kind::set_limit}, TG_OK, kNow + s, kRamped},
      {"Ramping_Over", at(P::ramping), what(H::time), P::running, {25141}, {Kind::set_limit}, TG_OK, kNow + 30 * s,
       kRamped},

      {"Stopping_Start", at(P::stopping), what(H::start), P::stopping, {}, {}, TG_E_STATE},
      {"Stopping_GracefulStop", at(P::stopping, kStop), drain(kStop), P::stopping, {}, {}},
      {"Stopping_StopInsteadOfRestart", at(P::stopping, kRestart), drain(kStop), P::stopping, {25164}, {}},
      {"Stopping_Drain", at(P::stopping, kStop), drain(kStay), P::stopping, {}, {}, TG_E_TOO_LATE},
      {"Stopping_StopNow", at(P::stopping), what(H::stop_now), P::stopping, {}, {}},
      {"Stopping_Resume", at(P::stopping), by("alice", H::resume), P::stopping, {}, {}, TG_E_TOO_LATE},
      {"Stopping_Stopped", at(P::stopping, kStop), what(H::stopped), P::stopped, {25003}, {}},
      {"Stopping_StoppedToRestart", at(P::stopping, kRestart), what(H::stopped), P::starting, {25003, 25100},
       {Kind::run_start}},
      {"Stopping_StoppedToRestartNeedsComing", at(P::stopping, kRestart), needing(what(H::stopped), Needs::coming),
       P::waiting, {25003, 25100, 25103}, {}},

      {"Unstarted_Start", at(P::unstarted), what(H::start), P::starting, {25100}, {Kind::run_start}},
      {"Unstarted_GracefulStop", at(P::unstarted), drain(kStop), P::stopped, {25003}, {}},
      {"Unstarted_Drain", at(P::unstarted), drain(kStay), P::unstarted, {}, {}, TG_E_STATE},
      {"Unstarted_StopNow", at(P::unstarted), what(H::stop_now), P::stopped, {25003}, {}},
      {"Unstarted_Resume", at(P::unstarted), by("alice", H::resume), P::unstarted, {}, {}, TG_E_STATE},
      {"Unstarted_HoldExpires", held_by(at(P::unstarted), hold_until("alice", kNow)), what(H::time), P::unstarted, {25166},
       {}},

      {"Stuck_Start", at(P::stuck), what(H::start), P::stuck, {}, {}, TG_E_BUSY},
      {"Stuck_StopJoins", at(P::stuck), drain(kStop), P::stuck, {25164}, {}},
      {"Stuck_LaxerIntent", at(P::stuck, kStop), drain(kStay), P::stuck, {}, {}, TG_E_CONFLICT},
      {"Stuck_StopNow", at(P::stuck), what(H::stop_now), P::shutting, {}, {Kind::seal_gate}},
      {"Stuck_Resume", at(P::stuck), by("alice", H::resume), P::stuck, {}, {}, TG_E_STATE},
      {"Stuck_LastLeft", at(P::stuck), what(H::gate_drained), P::drained, {25128, 25050}, {}},
      {"Stuck_LastLeftHeldByNobody", held_by_nobody(at(P::stuck)), what(H::gate_drained), P::opening, {25128, 25050},
       {Kind::set_limit, Kind::open_gate}},
      {"Stuck_HoldExpires", held_by(at(P::stuck), hold_until("bob", kNow)), what(H::time), P::stuck, {25166}, {}},
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

TEST(Machine, Ready_OnlyWhereTheGateIsOpen) {
  for (std::size_t p = 0; p < kPlaces; ++p) {
    const auto place = static_cast<Place>(p);
    EXPECT_EQ(is_ready(place), place == P::running || place == P::ramping) << name_of(place);
  }
}

}  // namespace
}  // namespace tidegate::sdk::machine

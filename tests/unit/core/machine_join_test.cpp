// A second drain joins the one in progress: what of it is stricter, what is laxer, and whose deadline it is then.

#include "machine_inputs.hpp"
#include "machine_states.hpp"

namespace tidegate::sdk::machine {
namespace {

constexpr std::uint32_t kStay = TG_INTENT_STAY, kStop = TG_INTENT_STOP;
constexpr std::uint32_t kForce = TG_DEADLINE_FORCE, kWait = TG_DEADLINE_WAIT, kResume = TG_DEADLINE_RESUME,
                        kStopThen = TG_DEADLINE_STOP;

Input ask(std::string_view actor, std::uint32_t intent, Nanos budget, std::uint32_t at_deadline) {
  Input input = drain(intent, budget, actor);
  input.drain.at_deadline = at_deadline;
  return input;
}

/// Alice's drain, with somebody inside.
State drained_by_alice(std::uint32_t intent, Nanos budget, std::uint32_t at_deadline) {
  const Step begun = step_of(at(P::running), ask("alice", intent, budget, at_deadline));
  return step_of(begun.state, shut(1)).state;
}

struct Join {
  const char *name;
  Input first, second;
  tg_result result;
  std::uint32_t intent;  // what comes of it
  Nanos due;             // from kNow
  std::uint32_t at_deadline;
};

void PrintTo(const Join &join, std::ostream *out) { *out << join.name; }

class MachineJoin : public testing::TestWithParam<Join> {};

const std::vector<Join> &joins() {
  constexpr Nanos s = kSecond;
  const auto a = [](std::uint32_t intent, Nanos budget = kNever, std::uint32_t at = kForce) {
    return ask("alice", intent, budget, at);
  };
  const auto b = [](std::uint32_t intent, Nanos budget = kNever, std::uint32_t at = kForce) {
    return ask("bob", intent, budget, at);
  };
  static const std::vector<Join> all = {
      // An end that comes sooner is stricter, also than a deadline that ends nobody.
      {"SoonerEnd", a(kStay, 30 * s), b(kStay, 5 * s), TG_OK, kStay, 5 * s, kForce},
      {"SoonerEndByStop", a(kStay, 30 * s), b(kStay, 5 * s, kStopThen), TG_OK, kStay, 5 * s, kStopThen},
      {"EndAfterAWait", a(kStay, 2 * s, kWait), b(kStay, 30 * s), TG_OK, kStay, 30 * s, kForce},
      {"EndAfterAResume", a(kStay, 2 * s, kResume), b(kStop, 30 * s), TG_OK, kStop, 30 * s, kForce},
      {"EndOfALaxerIntent", a(kStop, 30 * s), b(kStay, 5 * s), TG_OK, kStop, 5 * s, kForce},
      {"EndOfALaxerIntentAfterAWait", a(kStop, 2 * s, kWait), b(kStay, 5 * s), TG_OK, kStop, 5 * s, kForce},
      // One that comes later, or never, is laxer.
      {"LaterEnd", a(kStay, 5 * s), b(kStay, 30 * s), TG_E_CONFLICT, kStay, 5 * s, kForce},
      {"SameMomentOtherEnd", a(kStay, 5 * s), b(kStay, 5 * s, kStopThen), TG_E_CONFLICT, kStay, 5 * s, kForce},
      {"WaitBeforeAnEnd", a(kStay, 30 * s), b(kStay, 5 * s, kWait), TG_E_CONFLICT, kStay, 30 * s, kForce},
      {"WaitBeforeTheEndOfAStop", a(kStop, 30 * s), b(kStay, 5 * s, kWait), TG_E_CONFLICT, kStop, 30 * s, kForce},
      {"ResumeBeforeAnEnd", a(kStay, 30 * s), b(kStay, 2 * s, kResume), TG_E_CONFLICT, kStay, 30 * s, kForce},
      {"ResumeBeforeTheEndOfAStop", a(kStop, 30 * s), b(kStay, 2 * s, kResume), TG_E_CONFLICT, kStop, 30 * s, kForce},
      {"ResumeIntoAStop", a(kStop), b(kStay, 2 * s, kResume), TG_E_CONFLICT, kStop, kNever, kForce},
      {"NoDeadline", a(kStay, 5 * s), b(kStay), TG_JOINED, kStay, 5 * s, kForce},
      // A stricter intent joins whatever its deadline is; the deadline in progress stays then.
      {"StopWithALaterEnd", a(kStay, 5 * s), b(kStop, 30 * s), TG_JOINED, kStop, 5 * s, kForce},
      {"StopWithAWait", a(kStay, 5 * s), b(kStop, 2 * s, kWait), TG_JOINED, kStop, 5 * s, kForce},
      {"StopIntoAResume", a(kStay, 2 * s, kResume), b(kStop), TG_JOINED, kStop, 2 * s, kWait},
      {"StopWithAWaitIntoAResume", a(kStay, 2 * s, kResume), b(kStop, 30 * s, kWait), TG_JOINED, kStop, 2 * s, kWait},
      {"LaxerIntent", a(kStop), b(kStay), TG_E_CONFLICT, kStop, kNever, kForce},
      // Where neither ends anybody, it must be for the same.
      {"SoonerWait", a(kStay, 30 * s, kWait), b(kStay, 5 * s, kWait), TG_OK, kStay, 5 * s, kWait},
      {"LaterWait", a(kStay, 5 * s, kWait), b(kStay, 30 * s, kWait), TG_E_CONFLICT, kStay, 5 * s, kWait},
      {"WaitIntoAResume", a(kStay, 30 * s, kResume), b(kStay, 5 * s, kWait), TG_E_CONFLICT, kStay, 30 * s, kResume},
      {"ResumeIntoAWait", a(kStay, 30 * s, kWait), b(kStay, 5 * s, kResume), TG_E_CONFLICT, kStay, 30 * s, kWait},
      {"ResumeOfAnother", a(kStay, 30 * s, kResume), b(kStay, 5 * s, kResume), TG_E_CONFLICT, kStay, 30 * s, kResume},
      {"ResumeOfItsOwn", a(kStay, 30 * s, kResume), a(kStay, 5 * s, kResume), TG_OK, kStay, 5 * s, kResume},
      {"ResumeIntoNone", a(kStay), b(kStay, 5 * s, kResume), TG_OK, kStay, 5 * s, kResume},
      {"WaitIntoNone", a(kStay), b(kStay, 5 * s, kWait), TG_OK, kStay, 5 * s, kWait},
      {"SameResume", a(kStay, 5 * s, kResume), b(kStay, 5 * s, kResume), TG_OK, kStay, 5 * s, kResume},
  };
  return all;
}

TEST_P(MachineJoin, TakesTheStricterOfEach) {
  const Join &join = GetParam();
  const Step begun = step_of(at(P::running), join.first);
  const State before = step_of(begun.state, shut(1)).state;
  const Step joined = step_of(before, join.second);
  EXPECT_EQ(joined.result, join.result) << joined.why;
  EXPECT_EQ(joined.state.intent, join.intent);
  EXPECT_EQ(joined.state.deadline, join.due == kNever ? kNever : kNow + join.due);
  EXPECT_TRUE(join.due == kNever || joined.state.at_deadline == join.at_deadline);
  EXPECT_TRUE(join.result >= 0 || joined.state == before);
}

INSTANTIATE_TEST_SUITE_P(Table, MachineJoin, testing::ValuesIn(joins()),
                         [](const testing::TestParamInfo<Join> &info) { return std::string(info.param.name); });

TEST(Machine, Join_WhenTimeHasRun_CountsFromNow) {
  const State draining = drained_by_alice(kStay, 30 * kSecond, kForce);
  const Step later = step_of(draining, ask("bob", kStay, 20 * kSecond, kForce), kNow + 20 * kSecond);
  EXPECT_EQ(later.result, TG_E_CONFLICT);
  const Step same = step_of(draining, ask("bob", kStay, 30 * kSecond, kForce), kNow + 20 * kSecond);
  EXPECT_EQ(same.result, TG_OK) << "the same drain: no clock is reset";
  EXPECT_EQ(same.state.deadline, kNow + 30 * kSecond);
}

TEST(Machine, Join_WithASoonerEnd_BringsItsKillGraceAndOwner) {
  Input second = ask("bob", kStay, 30 * kSecond, kForce);
  second.drain.kill_grace = kSecond;
  const Step joined = step_of(drained_by_alice(kStay, kSecond, kResume), second);
  EXPECT_EQ(joined.state.kill_grace, kSecond);
  EXPECT_EQ(joined.state.owner.view(), "bob");
}

TEST(Machine, DeadlineResume_LeavesTheStopOfAnotherInPlace) {
  State state = drained_by_alice(kStop, 2 * kSecond, kResume);
  state = step_of(state, unheld(drain(kStop, kNever, "SIGTERM"))).state;
  const Step over = step_of(state, what(H::time), kNow + 2 * kSecond);
  EXPECT_EQ(over.state.place, P::draining) << "SIGTERM wants it to stop";
  EXPECT_EQ(over.state.intent, kStop);
  EXPECT_TRUE(over.state.unheld);
  EXPECT_TRUE(over.state.holds.empty()) << "alice's was lifted";
}

TEST(Machine, DeadlineResume_CallsOffAStopOfItsOwn_AndLeavesThePauseOfAnother) {
  State state = drained_by_alice(kStay, kNever, kForce);
  state = step_of(state, ask("bob", kStop, 2 * kSecond, kResume)).state;
  const Step over = step_of(state, what(H::time), kNow + 2 * kSecond);
  EXPECT_EQ(over.state.place, P::draining);
  EXPECT_EQ(over.state.intent, kStay);
  ASSERT_EQ(over.state.holds.size(), 1u);
  EXPECT_EQ(over.state.holds.begin()->action.actor.view(), "alice");
}

TEST(Machine, DeadlineResume_OfADrainWithoutAHold_OpensUnlessAnotherHasJoined) {
  const Step begun = step_of(at(P::running), unheld(ask("alice", kStay, 2 * kSecond, kResume)));
  const State alone = step_of(begun.state, shut(1)).state;
  EXPECT_EQ(step_of(alone, what(H::time), kNow + 2 * kSecond).state.place, P::opening);
  const State again = step_of(alone, unheld(ask("alice", kStay, 2 * kSecond, kResume))).state;
  EXPECT_EQ(step_of(again, what(H::time), kNow + 2 * kSecond).state.place, P::opening) << "the same drain twice";
  const State joined = step_of(alone, unheld(drain(kStay, kNever, "bob"))).state;
  EXPECT_EQ(step_of(joined, what(H::time), kNow + 2 * kSecond).state.place, P::draining);
}

// L3: an answered request does what it asks for, or its result says that the drain in progress keeps something of its own.

State drained_with(bool affinity, bool emergency) {
  Input input = ask("alice", kStay, kNever, kForce);
  input.drain.affinity = affinity;
  input.drain.emergency = emergency;
  return step_of(step_of(at(P::running), input).state, shut(1)).state;
}

TEST(MachineJoinOptions, L3_PermissionThatTheSecondDrainDoesNotAskFor_IsTakenAway) {
  const Step step = step_of(drained_with(true, true), ask("bob", kStop, kNever, kForce));
  EXPECT_EQ(step.result, TG_OK);
  EXPECT_FALSE(step.state.affinity);
  EXPECT_FALSE(step.state.emergency);
}

TEST(MachineJoinOptions, L3_PermissionThatTheDrainInProgressDoesNotHave_IsNotGiven_AndTheResultSaysSo) {
  for (const bool affinity : {false, true}) {
    Input second = ask("alice", kStay, kNever, kForce);
    second.drain.affinity = affinity;
    second.drain.emergency = !affinity;
    const Step step = step_of(drained_with(false, false), second);
    EXPECT_EQ(step.result, TG_JOINED);
    EXPECT_FALSE(step.state.affinity || step.state.emergency);
  }
}

TEST(MachineJoinOptions, L3_SamePermissionsAgain_AreTheSameDrain) {
  Input second = ask("alice", kStay, kNever, kForce);
  second.drain.affinity = second.drain.emergency = true;
  const Step step = step_of(drained_with(true, true), second);
  EXPECT_EQ(step.result, TG_OK);
  EXPECT_TRUE(step.state.affinity && step.state.emergency);
}

TEST(MachineJoinOptions, L3_OtherKillGraceForTheSameDeadline_IsKept_AndTheResultSaysSo) {
  Input first = ask("alice", kStay, 30 * kSecond, kForce);
  first.drain.kill_grace = 5 * kSecond;
  const State draining = step_of(step_of(at(P::running), first).state, shut(1)).state;
  first.drain.kill_grace = kSecond;
  const Step step = step_of(draining, first);
  EXPECT_EQ(step.result, TG_JOINED);
  EXPECT_EQ(step.state.kill_grace, 5 * kSecond);
}

TEST(MachineJoinOptions, L3_ShorterNoticeWindow_IsTaken_AlsoWhereNoNoticesWereWanted) {
  for (const Nanos before : {kNever, 20 * kSecond}) {
    Input first = ask("alice", kStay, kNever, kForce);
    first.drain.notice_window = before;
    const State draining = step_of(step_of(at(P::running), first).state, shut(1)).state;
    Input second = ask("alice", kStay, kNever, kForce);
    second.drain.notice_window = 4 * kSecond;
    EXPECT_EQ(step_of(draining, second).state.notice_window, draining.notice_window) << "a default changes nothing";
    second.drain.notice_given = true;
    const Step step = step_of(draining, second);
    EXPECT_EQ(step.state.notice_window, 4 * kSecond);
    EXPECT_NE(step.state.notice_at, kNever);
  }
}

TEST(MachineJoinOptions, L3_SecondAnnouncement_EndsByTheEarlierMaximum) {
  Input first = announced(ask("alice", kStay, kNever, kForce));
  first.drain.announce_max = 600 * kSecond;
  const State announcing = step_of(at(P::running), first).state;
  first.drain.announce_max = 3 * kSecond;
  EXPECT_EQ(step_of(announcing, first).state.announce_until, kNow + 3 * kSecond);
  first.drain.announce_max = 900 * kSecond;
  EXPECT_EQ(step_of(announcing, first).state.announce_until, kNow + 600 * kSecond);
  first.drain.replace = true;
  EXPECT_EQ(step_of(announcing, first).state.announce_until, kNow + 900 * kSecond) << "a replacing announcement begins anew";
}

}  // namespace
}  // namespace tidegate::sdk::machine

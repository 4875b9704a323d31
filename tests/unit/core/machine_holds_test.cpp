// Whose wish keeps a service paused, and until when.

#include "machine_inputs.hpp"
#include "machine_states.hpp"

namespace tidegate::sdk::machine {
namespace {

TEST(Machine, HoldExpires_DuringADrainWithoutAHold_DoesNotCallItOff) {
  State state = at(P::draining, TG_INTENT_STOP);
  state.holds.clear();
  state.unheld = true;
  state = held_by(state, hold_until("bob", kNow));
  const Step step = step_of(state, what(H::time));
  EXPECT_EQ(step.state.place, P::draining);
  EXPECT_TRUE(step.state.holds.empty());
}

TEST(Machine, HoldExpires_WhereItIsToStartPaused_DoesNotOpenIt) {
  const State held = held_by(at(P::starting), hold_until("alice", kNow + kSecond));
  State state = step_of(held, what(H::started), kNow, kStartPaused).state;
  state = step_of(state, shut(0), kNow, kStartPaused).state;
  const Step over = step_of(state, what(H::time), kNow + kSecond, kStartPaused);
  EXPECT_EQ(over.state.place, P::drained);
  EXPECT_TRUE(over.state.holds.empty());
  EXPECT_EQ(step_of(over.state, by("anybody", H::resume)).state.place, P::opening);
}

TEST(Machine, HoldExpires_WhileAStopWaitsForWhatNeedsIt_DoesNotCallItOff) {
  State state = at(P::drained);
  state.holds.clear();
  state = held_by(state, hold_until("bob", kNow + kSecond));
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

TEST(Machine, Drain_OfAnActorThatHoldsItLonger_ShortensNothing) {
  Input stop = drain(TG_INTENT_STOP);
  stop.drain.hold = hold_of("alice", TG_HOLD_UNTIL_RESTART);
  const State joined = step_of(at(P::draining), stop).state;
  EXPECT_EQ(joined.intent, TG_INTENT_STOP);
  EXPECT_EQ(joined.holds.find("alice")->lasts, TG_HOLD_UNTIL_RESUME);
  const State replaced = step_of(at(P::draining), replacing(stop)).state;
  EXPECT_EQ(replaced.holds.find("alice")->lasts, TG_HOLD_UNTIL_RESTART);
}

TEST(Machine, Drain_OfAnActorThatHoldsItLess_HoldsItLonger) {
  State state = held_by_nobody(at(P::draining));
  state = held_by(state, hold_until("alice", kNow + kSecond));
  EXPECT_EQ(step_of(state, drain(TG_INTENT_STAY)).state.holds.find("alice")->lasts, TG_HOLD_UNTIL_RESUME);
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

}  // namespace
}  // namespace tidegate::sdk::machine

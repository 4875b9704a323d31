// A drain as it is asked for: its first word, its second, and its deadline.

#include "machine_inputs.hpp"
#include "machine_states.hpp"

namespace tidegate::sdk::machine {
namespace {

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

}  // namespace
}  // namespace tidegate::sdk::machine

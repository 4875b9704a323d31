// The gate opens: at the start, after a drain, and by degrees.

#include "machine_inputs.hpp"
#include "machine_states.hpp"

namespace tidegate::sdk::machine {
namespace {

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

TEST(Machine, Resume_AfterTheLastLeft_SaysDrainedBeforeItOpens) {
  Step step = step_of(at(P::draining), by("alice", H::resume));
  step = step_of(step.state, what(H::gate_drained));
  EXPECT_TRUE(step.state.said_drained);
  step = step_of(step.state, what(H::gate_opened));
  EXPECT_EQ(step.state.place, P::running);
  EXPECT_FALSE(step.state.said_drained) << "the next epoch says its own";
}

}  // namespace
}  // namespace tidegate::sdk::machine

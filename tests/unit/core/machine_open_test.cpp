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

TEST(Machine, Announcement_CalledOffInARamp_GoesOnWithTheRamp) {
  const auto step = [](const State &state, const Input &input, Nanos now) { return step_of(state, input, now, kRamped); };
  const State announcing = step(at(P::ramping), announced(drain(TG_INTENT_STAY)), kNow + kSecond).state;
  ASSERT_EQ(announcing.place, P::announcing);
  const auto resumed_at = [&](Nanos now) {
    const Step opening = step(announcing, by("alice", H::resume), now);
    EXPECT_EQ(opening.effects.begin()[1].kind, Kind::set_limit);
    EXPECT_EQ(opening.effects.begin()[1].count, limit_at(kRamped, at(P::ramping), now));
    return step(opening.state, what(H::gate_opened), now).state;
  };
  const State ramping = resumed_at(kNow + 2 * kSecond);
  EXPECT_EQ(ramping.place, P::ramping);
  EXPECT_EQ(ramping.ramp_began, kNow);
  EXPECT_EQ(step(ramping, what(H::time), kNow + 30 * kSecond).state.place, P::running);
  EXPECT_EQ(resumed_at(kNow + 30 * kSecond).place, P::running) << "it would have been over";
}

TEST(Machine, Announcement_ThatIsShutInARamp_BeginsAnotherOne) {
  State state = step_of(at(P::ramping), announced(drain(TG_INTENT_STAY)), kNow, kRamped).state;
  state = step_of(state, what(H::time), kNow + 2 * kSecond, kRamped).state;
  ASSERT_EQ(state.place, P::shutting);
  EXPECT_EQ(state.ramp_began, kNever);
}

TEST(Machine, Resume_AfterTheLastLeft_SaysDrainedBeforeItOpens) {
  Step step = step_of(at(P::draining), by("alice", H::resume));
  step = step_of(step.state, what(H::gate_drained));
  EXPECT_TRUE(step.state.said_drained);
  step = step_of(step.state, what(H::gate_opened));
  EXPECT_EQ(step.state.place, P::running);
  EXPECT_FALSE(step.state.said_drained) << "the next epoch says its own";
}

TEST(Machine, L9_ResumeWithoutARamp_EndsTheRampInProgress) {
  State ramping = at(P::ramping);
  ramping.ramp_began = kNow;
  ramping.ramp_next = kNow + kSecond;
  Input plain = what(H::resume), whole = what(H::resume);
  whole.no_ramp = true;
  EXPECT_EQ(step_of(ramping, plain, kNow, kRamped).state.place, P::ramping);
  const Step step = step_of(ramping, whole, kNow, kRamped);
  EXPECT_EQ(step.state.place, P::running);
  EXPECT_EQ(step.effects.begin()[0].count, kRamped.max_sessions);
}

}  // namespace
}  // namespace tidegate::sdk::machine

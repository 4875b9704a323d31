// What comes out of a step: events, and what is kept over a crash.

#include <algorithm>
#include <vector>

#include "machine_inputs.hpp"
#include "machine_states.hpp"

namespace tidegate::sdk::machine {
namespace {

bool keeps(const Step &step) {
  return std::ranges::any_of(step.effects, [](const Effect &effect) { return effect.kind == Kind::keep; });
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

TEST(Machine, Events_CarryThePlaceTheyWereSaidAt) {
  const Step step = step_of(at(P::shutting, TG_INTENT_STOP), shut(0));
  std::vector<P> places;
  for (const Effect &effect : step.effects)
    if (effect.kind == Kind::emit) places.push_back(effect.place);
  EXPECT_EQ(places, (std::vector<P>{P::draining, P::drained, P::stopping}));
}

}  // namespace
}  // namespace tidegate::sdk::machine

// What becomes due from the announcement until nobody is left.

#include <vector>

#include "machine_inputs.hpp"
#include "machine_states.hpp"

namespace tidegate::sdk::machine {
namespace {

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

TEST(Machine, Notices_WhenASoonerDeadlineJoins_AreGivenInItsWindow) {
  State state = with_notices(at(P::draining));
  state = step_of(state, what(H::time), kNow).state;
  Input sooner = drain(TG_INTENT_STAY, 4 * kSecond);
  sooner.drain.notice_window = kSecond;
  state = step_of(state, sooner, kNow + kSecond / 2).state;
  EXPECT_EQ(state.notice_window, kSecond);
  Nanos now = state.notice_at;
  for (int steps = 0; steps < 20 && state.notice_at != kNever; ++steps) {
    now = state.notice_at;
    state = step_of(state, what(H::time), now).state;
  }
  EXPECT_EQ(state.notices, kNoticeSteps);
  EXPECT_LE(now, kNow + kSecond / 2 + kSecond);
  sooner.drain.budget = 2 * kSecond;
  EXPECT_EQ(step_of(state, sooner, now).state.notice_at, kNever) << "all have been asked";
}

TEST(Machine, Notices_WhenReplaced_AreGivenAnewOrNoMore) {
  State state = with_notices(at(P::draining));
  state = step_of(state, what(H::time), kNow).state;
  Input other = replacing(drain(TG_INTENT_STAY));
  EXPECT_EQ(step_of(state, other).state.notice_at, kNever) << "they are not to be asked";
  other.drain.notice_window = 20 * kSecond;
  const State slower = step_of(state, other, kNow + kSecond).state;
  EXPECT_EQ(slower.notice_at, kNow + kSecond);
  EXPECT_EQ(slower.notices, 0u);
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

TEST(Machine, Stuck_LastLeaves_FollowsTheIntent) {
  EXPECT_EQ(step_of(at(P::stuck, TG_INTENT_STOP), what(H::gate_drained)).state.place, P::stopping);
}

}  // namespace
}  // namespace tidegate::sdk::machine

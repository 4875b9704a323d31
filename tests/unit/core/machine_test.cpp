#include "core/machine.hpp"

#include <algorithm>
#include <ostream>
#include <set>
#include <vector>

#include "tidegate/event_number.h"
#include "tidegate/intent.h"

namespace tidegate::sdk::machine {
namespace {

using P = Place;
using H = Happening;
using Kind = Effect::Kind;

constexpr Nanos kNow = 1000 * kSecond;

/// A state as it is when the machine has come to this place by an ordinary way.
State at(Place place, std::uint32_t intent = TG_INTENT_STAY) {
  State state;
  state.place = place;
  if (place == P::stopped || place == P::starting || place == P::running || place == P::unstarted) return state;
  state.epoch = 3;
  state.intent = intent;
  state.said_started = place != P::shutting;
  state.said_drained = place == P::drained || place == P::stopping;
  state.kill_grace = 5 * kSecond;
  if (place == P::closing || place == P::stuck) state.told = 2;
  if (place == P::closing) state.kill_at = kNow + 5 * kSecond;
  return state;
}

State with_deadline(State state, Nanos budget) {
  state.budget = budget;
  state.deadline = kNow + budget;
  return state;
}

Input drain(std::uint32_t intent, Nanos budget = kNever) { return {H::drain, intent, budget, 5 * kSecond, 0}; }
Input shut(std::uint64_t live) { return {H::gate_shut, 0, kNever, 0, live}; }

struct Case {
  const char *name;
  State from;
  Input input;
  Place to;
  std::vector<std::uint32_t> events;
  std::vector<Kind> effects;  // those that are not emit
  tg_result result = TG_OK;
  Nanos now = kNow;
};

void PrintTo(const Case &row, std::ostream *out) { *out << row.name; }

State hurried(State state) {
  state.hurry = true;
  state.intent = TG_INTENT_STOP;
  return state;
}

const std::vector<Case> &cases() {
  static const std::vector<Case> all = {
      {"Stopped_Start", at(P::stopped), {H::start}, P::starting, {25100}, {Kind::run_start}},
      {"Stopped_GracefulStop", at(P::stopped), drain(TG_INTENT_STOP), P::stopped, {}, {}},
      {"Stopped_Drain", at(P::stopped), drain(TG_INTENT_STAY), P::stopped, {}, {}, TG_E_STATE},
      {"Stopped_StopNow", at(P::stopped), {H::stop_now}, P::stopped, {}, {}},
      {"Stopped_Resume", at(P::stopped), {H::resume}, P::stopped, {}, {}, TG_E_STATE},

      {"Starting_Start", at(P::starting), {H::start}, P::starting, {}, {}},
      {"Starting_Drain", at(P::starting), drain(TG_INTENT_STAY), P::starting, {}, {}, TG_E_STATE},
      {"Starting_StopNow", at(P::starting), {H::stop_now}, P::starting, {}, {}, TG_E_STATE},
      {"Starting_Started", at(P::starting), {H::started}, P::starting, {}, {Kind::open_gate}},
      {"Starting_StartFailed", at(P::starting), {H::start_failed}, P::unstarted, {25102}, {}},
      {"Starting_GateOpened", at(P::starting), {H::gate_opened}, P::running, {25101}, {}},

      {"Running_Start", at(P::running), {H::start}, P::running, {}, {}},
      {"Running_Drain", at(P::running), drain(TG_INTENT_STAY), P::shutting, {}, {Kind::shut_gate}},
      {"Running_GracefulStop", at(P::running), drain(TG_INTENT_STOP), P::shutting, {}, {Kind::shut_gate}},
      {"Running_StopNow", at(P::running), {H::stop_now}, P::shutting, {}, {Kind::seal_gate}},
      {"Running_Resume", at(P::running), {H::resume}, P::running, {}, {}},

      {"Shutting_SessionsLeft", at(P::shutting), shut(2), P::draining, {25049}, {}},
      {"Shutting_NobodyLeft", at(P::shutting), shut(0), P::drained, {25049, 25050}, {}},
      {"Shutting_NobodyLeftToStop",
       at(P::shutting, TG_INTENT_STOP),
       shut(0),
       P::stopping,
       {25049, 25050, 25130},
       {Kind::run_stop}},
      {"Shutting_HurrySessionsLeft",
       hurried(at(P::shutting)),
       shut(2),
       P::stopping,
       {25049, 25125},
       {Kind::close_sessions, Kind::run_stop}},
      {"Shutting_HurryNobodyLeft", hurried(at(P::shutting)), shut(0), P::stopping, {25049, 25050, 25130}, {Kind::run_stop}},

      {"Draining_Start", at(P::draining), {H::start}, P::draining, {}, {}, TG_E_STATE},
      {"Draining_SameDrain", at(P::draining), drain(TG_INTENT_STAY), P::draining, {}, {}},
      {"Draining_StopJoins", at(P::draining), drain(TG_INTENT_STOP), P::draining, {25164}, {}},
      {"Draining_DeadlineJoins", at(P::draining), drain(TG_INTENT_STAY, kSecond), P::draining, {25164}, {}},
      {"Draining_LaterDeadline",
       with_deadline(at(P::draining), kSecond),
       drain(TG_INTENT_STAY, 9 * kSecond),
       P::draining,
       {},
       {},
       TG_E_CONFLICT},
      {"Draining_LaxerIntent", at(P::draining, TG_INTENT_STOP), drain(TG_INTENT_STAY), P::draining, {}, {}, TG_E_CONFLICT},
      {"Draining_StopNow", at(P::draining), {H::stop_now}, P::shutting, {}, {Kind::seal_gate}},
      {"Draining_Resume", at(P::draining), {H::resume}, P::opening, {}, {Kind::open_gate_unless_drained}},
      {"Draining_LastLeft", at(P::draining), {H::gate_drained}, P::drained, {25050}, {}},
      {"Draining_LastLeftToStop",
       at(P::draining, TG_INTENT_STOP),
       {H::gate_drained},
       P::stopping,
       {25050, 25130},
       {Kind::run_stop}},
      {"Draining_BeforeDeadline", with_deadline(at(P::draining), kSecond), {H::time}, P::draining, {}, {}},
      {"Draining_Deadline",
       with_deadline(at(P::draining), kSecond),
       {H::time},
       P::closing,
       {},
       {Kind::seal_gate},
       TG_OK,
       kNow + kSecond},

      {"Closing_Start", at(P::closing), {H::start}, P::closing, {}, {}, TG_E_STATE},
      {"Closing_Drain", at(P::closing), drain(TG_INTENT_STAY), P::closing, {}, {}},
      {"Closing_StopJoins", at(P::closing), drain(TG_INTENT_STOP), P::closing, {25164}, {}},
      {"Closing_LaxerIntent", at(P::closing, TG_INTENT_STOP), drain(TG_INTENT_STAY), P::closing, {}, {}, TG_E_CONFLICT},
      {"Closing_StopNow", at(P::closing), {H::stop_now}, P::shutting, {}, {Kind::seal_gate}},
      {"Closing_Resume", at(P::closing), {H::resume}, P::opening, {}, {Kind::open_gate_unless_drained}},
      {"Closing_SessionsLeft", at(P::closing), shut(2), P::closing, {25121, 25122}, {Kind::close_sessions}},
      {"Closing_NobodyLeftAtDeadline",
       with_deadline(at(P::draining), kSecond),
       {H::time},
       P::closing,
       {},
       {Kind::seal_gate},
       TG_OK,
       kNow + 2 * kSecond},
      {"Closing_LastLeft", at(P::closing), {H::gate_drained}, P::drained, {25128, 25050}, {}},
      {"Closing_LastLeftToStop",
       at(P::closing, TG_INTENT_STOP),
       {H::gate_drained},
       P::stopping,
       {25128, 25050, 25130},
       {Kind::run_stop}},
      {"Closing_BeforeKillGraceIsOver", at(P::closing), {H::time}, P::closing, {}, {}},
      {"Closing_KillGraceOver", at(P::closing), {H::time}, P::stuck, {25129}, {}, TG_OK, kNow + 5 * kSecond},

      {"Drained_Start", at(P::drained), {H::start}, P::drained, {}, {}, TG_E_STATE},
      {"Drained_Drain", at(P::drained), drain(TG_INTENT_STAY), P::drained, {}, {}},
      {"Drained_GracefulStop", at(P::drained), drain(TG_INTENT_STOP), P::stopping, {25130}, {Kind::run_stop}},
      {"Drained_StopNow", at(P::drained), {H::stop_now}, P::stopping, {25130}, {Kind::run_stop}},
      {"Drained_Resume", at(P::drained), {H::resume}, P::opening, {}, {Kind::open_gate}},

      {"Opening_GateOpened", at(P::opening), {H::gate_opened}, P::running, {25140, 25141}, {}},
      {"Opening_LastLeftFirst", at(P::opening), {H::gate_drained}, P::opening, {25050}, {Kind::open_gate}},
      {"Opening_LastLeftFirstInAStop",
       at(P::opening, TG_INTENT_STOP),
       {H::gate_drained},
       P::opening,
       {25050},
       {Kind::open_gate}},

      {"Stopping_Start", at(P::stopping), {H::start}, P::stopping, {}, {}, TG_E_STATE},
      {"Stopping_GracefulStop", at(P::stopping), drain(TG_INTENT_STOP), P::stopping, {}, {}},
      {"Stopping_Drain", at(P::stopping), drain(TG_INTENT_STAY), P::stopping, {}, {}, TG_E_TOO_LATE},
      {"Stopping_StopNow", at(P::stopping), {H::stop_now}, P::stopping, {}, {}},
      {"Stopping_Resume", at(P::stopping), {H::resume}, P::stopping, {}, {}, TG_E_TOO_LATE},
      {"Stopping_Stopped", at(P::stopping), {H::stopped}, P::stopped, {25003}, {}},

      {"Unstarted_Start", at(P::unstarted), {H::start}, P::starting, {25100}, {Kind::run_start}},
      {"Unstarted_GracefulStop", at(P::unstarted), drain(TG_INTENT_STOP), P::stopped, {25003}, {}},
      {"Unstarted_Drain", at(P::unstarted), drain(TG_INTENT_STAY), P::unstarted, {}, {}, TG_E_STATE},
      {"Unstarted_StopNow", at(P::unstarted), {H::stop_now}, P::stopped, {25003}, {}},
      {"Unstarted_Resume", at(P::unstarted), {H::resume}, P::unstarted, {}, {}, TG_E_STATE},

      {"Stuck_Start", at(P::stuck), {H::start}, P::stuck, {}, {}, TG_E_BUSY},
      {"Stuck_StopJoins", at(P::stuck), drain(TG_INTENT_STOP), P::stuck, {25164}, {}},
      {"Stuck_LaxerIntent", at(P::stuck, TG_INTENT_STOP), drain(TG_INTENT_STAY), P::stuck, {}, {}, TG_E_CONFLICT},
      {"Stuck_StopNow", at(P::stuck), {H::stop_now}, P::shutting, {}, {Kind::seal_gate}},
      {"Stuck_Resume", at(P::stuck), {H::resume}, P::stuck, {}, {}, TG_E_STATE},
      {"Stuck_LastLeft", at(P::stuck), {H::gate_drained}, P::drained, {25128, 25050}, {}},
  };
  return all;
}

class MachineRow : public testing::TestWithParam<Case> {};

TEST_P(MachineRow, DoesWhatTheTableSays) {
  const Case &row = GetParam();
  const Step step = machine::step(row.from, row.input, row.now);
  EXPECT_EQ(name_of(step.state.place), name_of(row.to));
  EXPECT_EQ(step.result, row.result);
  EXPECT_EQ(step.why.empty(), row.result == TG_OK) << "a refusal has a sentence";
  std::vector<std::uint32_t> events;
  std::vector<Kind> effects;
  for (const Effect &effect : step.effects)
    if (effect.kind == Kind::emit)
      events.push_back(effect.number);
    else
      effects.push_back(effect.kind);
  EXPECT_EQ(events, row.events);
  EXPECT_EQ(effects, row.effects);
  if (row.result != TG_OK) {
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
      const Step step = machine::step(from, {happening}, kNow);
      EXPECT_EQ(step.result, TG_E_STATE) << name_of(place) << " " << name_of(happening);
      EXPECT_EQ(step.state, from);
      EXPECT_EQ(step.effects.begin(), step.effects.end());
      ++refused;
    }
  EXPECT_EQ(static_cast<std::size_t>(refused) + rows.size(), kPlaces * kHappenings);
}

TEST(Machine, Drain_BeginsAnEpochWithADeadline) {
  const Step step = machine::step(at(P::running), drain(TG_INTENT_STOP, 30 * kSecond), kNow);
  EXPECT_EQ(step.state.epoch, 1u);
  EXPECT_EQ(step.state.deadline, kNow + 30 * kSecond);
  EXPECT_EQ(next_time(machine::step(step.state, shut(1), kNow).state), kNow + 30 * kSecond);
}

TEST(Machine, Drain_RepeatedLater_DoesNotResetTheClock) {
  const State draining = with_deadline(at(P::draining), 30 * kSecond);
  const Step again = machine::step(draining, drain(TG_INTENT_STAY, 30 * kSecond), kNow + 10 * kSecond);
  EXPECT_EQ(again.result, TG_OK);
  EXPECT_EQ(again.state, draining);
}

TEST(Machine, Drain_Merged_TakesTheStricterOfEach) {
  const State draining = with_deadline(at(P::draining, TG_INTENT_STOP), 30 * kSecond);
  const Step joined = machine::step(draining, drain(TG_INTENT_STAY, 5 * kSecond), kNow);
  EXPECT_EQ(joined.state.intent, TG_INTENT_STOP) << "stop is stricter than stay";
  EXPECT_EQ(joined.state.deadline, kNow + 5 * kSecond);
}

TEST(Machine, Resume_AfterTheLastLeft_SaysDrainedBeforeItOpens) {
  Step step = machine::step(at(P::draining), {H::resume}, kNow);
  step = machine::step(step.state, {H::gate_drained}, kNow);
  EXPECT_TRUE(step.state.said_drained);
  step = machine::step(step.state, {H::gate_opened}, kNow);
  EXPECT_EQ(step.state.place, P::running);
  EXPECT_FALSE(step.state.said_drained) << "the next epoch says its own";
}

TEST(Machine, Stuck_LastLeaves_FollowsTheIntent) {
  const Step step = machine::step(at(P::stuck, TG_INTENT_STOP), {H::gate_drained}, kNow);
  EXPECT_EQ(step.state.place, P::stopping);
}

TEST(Machine, Events_CarryThePlaceTheyWereSaidAt) {
  const Step step = machine::step(at(P::shutting, TG_INTENT_STOP), shut(0), kNow);
  std::vector<P> places;
  for (const Effect &effect : step.effects)
    if (effect.kind == Kind::emit) places.push_back(effect.place);
  EXPECT_EQ(places, (std::vector<P>{P::draining, P::drained, P::stopping}));
}

}  // namespace
}  // namespace tidegate::sdk::machine

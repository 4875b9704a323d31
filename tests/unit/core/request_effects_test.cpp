// FINDINGS L3: a request that is answered OK does what it says, in every place and with every option. What it says is
// sdk/src/core/request_effects.def, from which the documentation is made too.

#include <algorithm>
#include <string>
#include <vector>

#include "core/vocabulary.hpp"
#include "machine_inputs.hpp"
#include "machine_states.hpp"

namespace tidegate::sdk::machine {
namespace {

struct Effects {
  Place place;
  const char *of[7];
};
constexpr Effects kEffects[] = {
#define EFFECTS(place, ...) {Place::place, {__VA_ARGS__}},
#include "core/request_effects.def"
#undef EFFECTS
};
constexpr const char *kRequests[] = {"start",   "pause",    "pause, announced", "graceful stop",
                                     "restart", "stop now", "resume"};
constexpr std::size_t kRequestCount = std::size(kRequests);

/// Carries one machine: a gate with so many inside, and hooks that succeed at once.
struct World {
  State state;
  Config config = kRamped;
  Nanos moment = kNow;
  std::uint64_t live = 0;
  bool ending = false;
  bool open = false;
  std::vector<std::uint32_t> events;

  Nanos now() const { return moment; }
  void facts(Input &input) const {
    input.live = live;
    input.sessions = live;
    input.ending = ending;
  }
  void enter(const State &) const {}
  bool carry_out(const Effect &effect, Input &answer) {
    switch (effect.kind) {
      case Kind::emit: events.push_back(effect.number); return false;
      case Kind::shut_gate:
      case Kind::seal_gate:
        open = false;
        answer = what(H::gate_shut, live);
        return true;
      case Kind::open_gate_unless_drained:
        if (live == 0) {
          answer = {H::gate_drained};
          return true;
        }
        [[fallthrough]];
      case Kind::open_gate:
        open = true;
        answer = {H::gate_opened};
        return true;
      case Kind::run_start: answer = {H::started}; return true;
      case Kind::run_stop: answer = {H::stopped}; return true;
      case Kind::close_sessions: return false;
      default: return false;
    }
  }
  Step ask(const Input &input) { return drive(config, state, input, *this); }
  /// Lets time pass until nothing more comes of it, for a day at the most.
  void pass_time() {
    for (Nanos next = next_time(state); next != kNever && next < kNow + 86'400 * kSecond; next = next_time(state)) {
      moment = std::max(moment, next);
      ask({H::time});
    }
  }
  void everybody_leaves() {
    live = 0;
    if (state.place == Place::draining || state.place == Place::closing || state.place == Place::stuck)
      ask({H::gate_drained});
  }
};

Input request(std::size_t index) {
  switch (index) {
    case 0: return by("alice", H::start);
    case 1: return drain(TG_INTENT_STAY);
    case 2: return announced(drain(TG_INTENT_STAY));
    case 3: return drain(TG_INTENT_STOP);
    case 4: return drain(TG_INTENT_RESTART);
    case 5: return by("alice", H::stop_now);
    default: return by("alice", H::resume);
  }
}

/// A restart places no hold, as the runtime makes the request.
Input as_asked(Input input) {
  if (input.what == H::drain && input.drain.intent == TG_INTENT_RESTART) input.drain.holds = false;
  if (input.what == H::drain && input.drain.intent != TG_INTENT_STAY) input.drain.hold.lasts = TG_HOLD_UNTIL_RESTART;
  return input;
}

World world_at(Place place, std::uint64_t live) {
  World world;
  world.state = at(place, place == Place::stopping ? TG_INTENT_STOP : TG_INTENT_STAY);
  world.live = live;
  world.open = is_ready(place) || place == Place::announcing;
  return world;
}

bool can_have(Place place, std::uint64_t live) {
  const bool never_empty = place == Place::draining || place == Place::closing || place == Place::stuck;
  const bool never_full = place == Place::stopped || place == Place::waiting || place == Place::starting ||
                          place == Place::unstarted || place == Place::drained || place == Place::stopping;
  return live == 0 ? !never_empty : !never_full;
}

std::string promise(const char *cell, std::uint64_t live) {
  const std::string text = cell;
  const auto bar = text.find('|');
  if (bar == std::string::npos) return text;
  return live != 0 ? text.substr(0, bar) : text.substr(bar + 1);
}

void expect(const World &before, World &world, const Step &step, const std::string &promised, const std::string &where) {
  if (promised.starts_with("E_")) {
    EXPECT_EQ(std::string(result_word(step.result).name), promised) << where;
    EXPECT_EQ(world.state, before.state) << where << ": a refusal changes nothing";
    EXPECT_TRUE(world.events.empty()) << where;
    return;
  }
  EXPECT_GE(step.result, 0) << where << ": " << step.why;
  const Place wanted_place = world.state.place;
  EXPECT_EQ(std::string(name_of(wanted_place == Place::ramping ? Place::running : wanted_place)),
            promised == "OK" ? std::string(name_of(before.state.place == Place::ramping ? Place::running : before.state.place))
                             : promised)
      << where;
}

TEST(RequestEffects, EveryRequestInEveryPlace_DoesWhatTheTableSays) {
  std::size_t tried = 0;
  for (const Effects &row : kEffects)
    for (std::size_t i = 0; i < kRequestCount; ++i)
      for (const std::uint64_t live : {0u, 1u}) {
        if (!can_have(row.place, live)) continue;
        const std::string where =
            std::string(name_of(row.place)) + ", " + kRequests[i] + ", " + std::to_string(live) + " inside";
        const World before = world_at(row.place, live);
        World world = before;
        const Step step = world.ask(as_asked(request(i)));
        expect(before, world, step, promise(row.of[i], live), where);
        EXPECT_EQ(world.open, is_ready(world.state.place) || world.state.place == Place::announcing) << where;
        ++tried;
      }
  EXPECT_EQ(std::size(kEffects), kPlaces - 2) << "every place at which a service rests";
  EXPECT_GE(tried, 100u);
}

TEST(RequestEffects, WhileTheHostEnds_NothingOpensStartsOrIsPutOff) {  // FINDINGS L1
  for (const Effects &row : kEffects)
    for (std::size_t i = 0; i < kRequestCount; ++i)
      for (const std::uint64_t live : {0u, 1u}) {
        if (!can_have(row.place, live)) continue;
        const std::string where = "ending: " + std::string(name_of(row.place)) + ", " + kRequests[i];
        World before = world_at(row.place, live);
        before.ending = true;
        World world = before;
        const Step step = world.ask(as_asked(request(i)));
        const bool is_stop = i == 3 || i == 5;
        const std::string promised = !is_stop                       ? "E_CLOSING"
                                     : row.place == Place::starting ? "OK"
                                                                    : promise(row.of[i], live);
        expect(before, world, step, promised, where);
        if (world.state.place == Place::starting) world.ask({H::started});
        if (is_stop) {
          world.pass_time();
          world.everybody_leaves();
          world.pass_time();
          if (world.state.place == Place::stopping) world.ask({H::stopped});
          EXPECT_EQ(name_of(world.state.place), "stopped") << where << ": a stop that was answered stops";
          EXPECT_FALSE(world.open) << where;
        }
      }
}

/// What became of a drain when the time of everything in it has passed, with its session inside for ever or until the end.
struct Option {
  std::uint32_t intent;
  Nanos budget;
  std::uint32_t at_deadline;
  std::uint32_t hold;
  bool announce, replace;
};

std::vector<Option> all_options() {
  std::vector<Option> all;
  for (const std::uint32_t intent : {TG_INTENT_STAY, TG_INTENT_STOP, TG_INTENT_RESTART})
    for (const Nanos budget : {kNever, 20 * kSecond})
      for (const std::uint32_t policy : {TG_DEADLINE_FORCE, TG_DEADLINE_WAIT, TG_DEADLINE_RESUME, TG_DEADLINE_STOP})
        for (const std::uint32_t hold : {TG_HOLD_UNTIL_RESUME, TG_HOLD_UNTIL_TIME, TG_HOLD_UNTIL_RESTART, TG_HOLD_NONE})
          for (const bool announce : {false, true})
            for (const bool replace : {false, true}) {
              if (budget == kNever && policy != TG_DEADLINE_FORCE) continue;
              if (intent != TG_INTENT_STAY && hold == TG_HOLD_UNTIL_TIME) continue;
              all.push_back({intent, budget, policy, hold, announce, replace});
            }
  return all;
}

Input input_of(const Option &option, std::string_view actor) {
  Input input = drain(option.intent, option.budget, actor);
  input.drain.at_deadline = option.at_deadline;
  input.drain.hold = hold_of(actor, option.intent == TG_INTENT_STAY ? option.hold : TG_HOLD_UNTIL_RESTART);
  if (input.drain.hold.lasts == TG_HOLD_UNTIL_TIME) input.drain.hold = hold_until(actor, kNow + 3600 * kSecond);
  input.drain.holds = option.hold != TG_HOLD_NONE && option.intent != TG_INTENT_RESTART;
  if (option.announce) input = announced(input, 5 * kSecond);
  input.drain.replace = option.replace;
  return input;
}

std::string text_of(const Option &option, Place place, std::string_view actor) {
  return std::string(name_of(place)) + " by " + std::string(actor) + ": intent " + std::to_string(option.intent) + ", deadline " +
         (option.budget == kNever ? "none" : std::to_string(option.at_deadline)) + ", hold " + std::to_string(option.hold) +
         (option.announce ? ", announced" : "") + (option.replace ? ", replacing" : "");
}

/// The promises of a drain that was answered, whatever its options, whoever asks.
void check_answered(World world, const Input &input, const Option &option, const std::string &where) {
  const State &state = world.state;
  const bool is_down = state.place == Place::stopped || state.place == Place::running || state.place == Place::ramping;
  if (!option.announce) {
    EXPECT_NE(state.place, Place::announcing) << where << ": it refuses from now on";
    EXPECT_FALSE(world.open && !is_down) << where;
  }
  if (input.drain.holds && option.intent == TG_INTENT_STAY) {
    const Hold *mine = state.holds.find(input.drain.hold.action.actor.view());
    ASSERT_NE(mine, nullptr) << where << ": the hold that was asked for is there";
    EXPECT_TRUE(mine->covers(input.drain.hold)) << where;
  }
  const bool counts = state.place == Place::announcing || state.place == Place::draining;
  const bool ends = option.budget != kNever && (option.at_deadline == TG_DEADLINE_FORCE || option.at_deadline == TG_DEADLINE_STOP);
  if (counts && ends) {
    EXPECT_LE(state.deadline, kNow + option.budget) << where << ": no session is left later than was asked";
    EXPECT_TRUE(state.at_deadline == TG_DEADLINE_FORCE || state.at_deadline == TG_DEADLINE_STOP) << where;
    if (state.place == Place::announcing) {
      EXPECT_LE(state.announce_until, kNow + option.budget / 2) << where << ": half of the time belongs to the drain";
    }
  }
  if (option.intent == TG_INTENT_STAY) return;
  const bool called_off = option.budget != kNever && option.at_deadline == TG_DEADLINE_RESUME;
  world.pass_time();
  world.everybody_leaves();
  if (world.state.place == Place::stopping) world.ask({H::stopped});
  if (called_off) return;
  if (option.intent == TG_INTENT_STOP) {
    EXPECT_EQ(name_of(world.state.place), "stopped") << where << ": a stop stops, whatever else expires meanwhile";
    return;
  }
  EXPECT_TRUE(std::ranges::count(world.events, 25100u) == 1 || state.intent == TG_INTENT_STOP)
        << where << ": a restart starts again";
}

TEST(RequestEffects, EveryOptionOfADrainInEveryPlace_IsKeptWhenItWasAnswered) {
  std::size_t answered = 0, refused = 0;
  for (const Place place : {Place::running, Place::ramping, Place::announcing, Place::draining, Place::closing, Place::drained})
    for (const bool timed : {false, true})
      for (const Option &option : all_options())
        for (const std::string_view actor : {"alice", "bob"})
          for (const std::uint64_t live : {0u, 1u}) {
            if (!can_have(place, live)) continue;
            World before = world_at(place, live);
            if (timed && !before.state.holds.empty()) {  // the drain in progress is a pause for 30 s
              before.state.holds.clear();
              before.state.holds.place(hold_until("alice", kNow + 30 * kSecond));
            }
            World world = before;
            const Input input = input_of(option, actor);
            const std::string where = text_of(option, place, actor) + (timed ? ", into a pause of 30 s" : "");
            const Step step = world.ask(input);
            if (step.result < 0) {
              EXPECT_EQ(world.state, before.state) << where << ": a refusal changes nothing";
              EXPECT_FALSE(step.why.empty()) << where;
              ++refused;
              continue;
            }
            check_answered(world, input, option, where);
            ++answered;
          }
  EXPECT_GT(answered, 2000u);
  RecordProperty("answered", std::to_string(answered));
  RecordProperty("refused", std::to_string(refused));
}

TEST(RequestEffects, EveryRestart_WithEveryDeadline_StartsAgain) {
  for (const std::uint32_t policy : {TG_DEADLINE_FORCE, TG_DEADLINE_WAIT, TG_DEADLINE_STOP}) {
    World world = world_at(Place::running, 1);
    Input restart = unheld(drain(TG_INTENT_RESTART, 5 * kSecond));
    restart.drain.at_deadline = policy;
    ASSERT_EQ(world.ask(restart).result, TG_OK);
    world.pass_time();
    world.everybody_leaves();
    EXPECT_TRUE(is_ready(world.state.place)) << policy << ": " << name_of(world.state.place);
  }
}

TEST(RequestEffects, GracefulStop_IsNotCalledOffByTheEndOfTheActorsOwnTimedHold_InEitherOrder) {
  for (const bool pause_first : {true, false}) {
    World world = world_at(Place::running, 1);
    Input pause = drain(TG_INTENT_STAY, 100 * kSecond);
    pause.drain.hold = hold_until("alice", kNow + 10 * kSecond);
    const Input stop = as_asked(drain(TG_INTENT_STOP));
    ASSERT_GE(world.ask(pause_first ? pause : stop).result, 0);
    ASSERT_GE(world.ask(pause_first ? stop : pause).result, 0);
    world.moment = kNow + 11 * kSecond;
    world.ask({H::time});
    EXPECT_EQ(name_of(world.state.place), "draining") << pause_first;
    world.everybody_leaves();
    EXPECT_EQ(name_of(world.state.place), "stopped") << pause_first;
  }
}

TEST(RequestEffects, GracefulStopOfAPausedService_NeedsNoRoomForAHold) {  // FINDINGS L7
  World world = world_at(Place::draining, 1);
  for (int i = 1; i < 8; ++i) world.state.holds.place(hold_of("dead" + std::to_string(i)));
  ASSERT_TRUE(world.state.holds.full());
  EXPECT_GE(world.ask(as_asked(drain(TG_INTENT_STOP, kNever, "op1"))).result, 0);
  EXPECT_EQ(world.ask(drain(TG_INTENT_STAY, kNever, "op1")).result, TG_E_CONFLICT);
  world.everybody_leaves();
  EXPECT_EQ(name_of(world.state.place), "stopped");
}

TEST(RequestEffects, Ramp_AfterAFlap_GoesOnFromWhatIsLive) {  // FINDINGS L9
  World world = world_at(Place::running, 90);
  world.ask(drain(TG_INTENT_STAY));
  world.ask(by("alice", H::resume));
  EXPECT_EQ(limit_at(world.config, world.state, kNow), 91u) << "90 live, and a tenth of the 10 free places";
  Input at_once = by("alice", H::resume);
  at_once.no_ramp = true;
  world.ask(drain(TG_INTENT_STAY));
  world.ask(at_once);
  EXPECT_EQ(name_of(world.state.place), "running");
  EXPECT_EQ(limit_at(world.config, world.state, kNow), 100u);
}

TEST(RequestEffects, Expiry_FollowsTheWallClock) {  // FINDINGS L8
  World world = world_at(Place::running, 1);
  Input pause = drain(TG_INTENT_STAY);
  pause.drain.hold = hold_until("alice", kNow + 3600 * kSecond);
  pause.drain.hold.expires_unix = 3'600'000'000'000;
  world.ask(pause);
  Input time{H::time};
  time.unix_now = 3'599'000'000'000;  // it was set forward by an hour less a second
  world.ask(time);
  EXPECT_EQ(name_of(world.state.place), "draining");
  time.unix_now += 1'000'000'000;
  world.ask(time);
  EXPECT_TRUE(is_ready(world.state.place));
}

}  // namespace
}  // namespace tidegate::sdk::machine

#include "core/gate.hpp"

#include <thread>
#include <vector>

namespace tidegate::sdk {
namespace {

/// The same of a gate that counts at its word alone, and of one that counts at cells while it is open.
class GateTest : public testing::TestWithParam<bool> {
 protected:
  void open() {
    gate_.open();
    gate_.speed_up();
  }
  bool pass(Unit unit, Pass pass = Pass::ordinary) { return gate_.pass(unit, pass); }
  bool passes(Unit unit) { return gate_.pass(unit, Pass::inside); }

  CellMemory memory_;
  Gate gate_{0, GetParam() ? &memory_ : nullptr};
};

INSTANTIATE_TEST_SUITE_P(Each, GateTest, testing::Bool(),
                         [](const auto &info) { return info.param ? "AtCells" : "AtTheWord"; });

TEST_P(GateTest, New_IsShutAndDrained) {
  EXPECT_FALSE(gate_.is_open());
  EXPECT_TRUE(gate_.drained());
  EXPECT_FALSE(pass(Unit::session));
}

TEST_P(GateTest, Open_LetsInAndCounts) {
  open();
  EXPECT_EQ(gate_.cells().is_open(), GetParam());
  EXPECT_TRUE(pass(Unit::session));
  EXPECT_TRUE(passes(Unit::child));
  EXPECT_TRUE(pass(Unit::entry));
  const Counts counts = gate_.counts();
  EXPECT_EQ(counts.sessions, 1u);
  EXPECT_EQ(counts.children, 1u);
  EXPECT_EQ(counts.entries, 1u);
  EXPECT_FALSE(gate_.drained());
}

TEST_P(GateTest, Draining_LetsInOnlyWhatIsInside) {
  open();
  pass(Unit::session);
  EXPECT_EQ(gate_.shut(), 1u);
  EXPECT_FALSE(pass(Unit::session));
  EXPECT_TRUE(passes(Unit::child));
  EXPECT_EQ(gate_.leave(Unit::session), Gate::Left::more);
  EXPECT_EQ(gate_.leave(Unit::child), Gate::Left::last);
}

TEST_P(GateTest, Drained_LetsNothingInAnyMore) {
  open();
  pass(Unit::session);
  gate_.shut();
  EXPECT_EQ(gate_.leave(Unit::session), Gate::Left::last);
  EXPECT_TRUE(gate_.drained());
  for (const Unit unit : {Unit::session, Unit::child, Unit::entry}) EXPECT_FALSE(passes(unit));
}

TEST_P(GateTest, Draining_LetsPermittedSessionsInUntilNobodyIsLeft) {
  open();
  pass(Unit::entry);
  gate_.shut();
  EXPECT_TRUE(passes(Unit::session));
  EXPECT_EQ(gate_.leave(Unit::entry), Gate::Left::more);
  EXPECT_EQ(gate_.leave(Unit::session), Gate::Left::last);
  for (const Unit unit : {Unit::session, Unit::child, Unit::entry}) EXPECT_FALSE(passes(unit));
  EXPECT_EQ(gate_.counts().live(), 0u) << "a refusal leaves no trace";
}

TEST_P(GateTest, Position_IsWhatItLetsPass) {
  EXPECT_EQ(gate_.position(), Gate::Position::sealed) << "nobody inside, and not open";
  open();
  EXPECT_EQ(gate_.position(), Gate::Position::open);
  pass(Unit::session);
  gate_.shut();
  EXPECT_EQ(gate_.position(), Gate::Position::draining);
  gate_.leave(Unit::session);
  EXPECT_EQ(gate_.position(), Gate::Position::sealed) << "drained: nothing passes until it is opened";
  open();
  pass(Unit::session);
  gate_.seal();
  EXPECT_EQ(gate_.position(), Gate::Position::sealed);
  EXPECT_TRUE(gate_.open_unless_drained());
  EXPECT_EQ(gate_.position(), Gate::Position::open);
}

TEST_P(GateTest, Sealed_LetsNothingIn) {
  open();
  pass(Unit::session);
  EXPECT_EQ(gate_.seal(), 1u);
  EXPECT_FALSE(passes(Unit::child));
}

TEST_P(GateTest, OpenUnlessDrained_DecidesBetweenZeroAndResume) {
  open();
  pass(Unit::session);
  gate_.shut();
  EXPECT_TRUE(gate_.open_unless_drained());
  gate_.shut();
  gate_.leave(Unit::session);
  EXPECT_FALSE(gate_.open_unless_drained());
  EXPECT_FALSE(gate_.is_open());
}

TEST_P(GateTest, ShutAndOpenedAgain_KeepsCount) {
  open();
  for (int round = 0; round < 5; ++round) {
    ASSERT_TRUE(pass(Unit::session));
    ASSERT_TRUE(pass(Unit::entry));
    EXPECT_EQ(gate_.shut(), 2u) << round;
    ASSERT_TRUE(passes(Unit::child));
    ASSERT_EQ(gate_.leave(Unit::entry), Gate::Left::more);
    ASSERT_TRUE(gate_.open_unless_drained());
    gate_.speed_up();
    EXPECT_EQ(gate_.counts().sessions, 1u);
    EXPECT_EQ(gate_.counts().children, 1u);
    ASSERT_EQ(gate_.leave(Unit::child), Gate::Left::more);
    ASSERT_EQ(gate_.leave(Unit::session), Gate::Left::more);
  }
  EXPECT_EQ(gate_.shut(), 0u);
  EXPECT_EQ(gate_.total(Lane::session_in), 5u) << "totals go on over drains";
  EXPECT_EQ(gate_.total(Lane::session_out), 5u);
  EXPECT_EQ(gate_.total(Lane::entry_in), 5u);
  EXPECT_EQ(gate_.total(Lane::child_in), 5u);
}

TEST_P(GateTest, SlowedDown_StaysOpenAndCountsTheSame) {
  open();
  pass(Unit::session);
  EXPECT_TRUE(gate_.slow_down());
  EXPECT_TRUE(gate_.is_open());
  EXPECT_FALSE(gate_.cells().is_open());
  EXPECT_TRUE(pass(Unit::session));
  EXPECT_EQ(gate_.leave(Unit::session), Gate::Left::more);
  gate_.speed_up();
  EXPECT_TRUE(pass(Unit::session));
  EXPECT_EQ(gate_.counts().sessions, 2u);
  EXPECT_EQ(gate_.shut(), 2u);
}

TEST_P(GateTest, Leave_WithNobodyInside_ChangesNothingOnceShut) {
  open();
  pass(Unit::session);
  gate_.shut();
  EXPECT_EQ(gate_.leave(Unit::entry), Gate::Left::none);
  EXPECT_EQ(gate_.counts().live(), 1u);
  EXPECT_EQ(gate_.leave(Unit::session), Gate::Left::last);
}

TEST_P(GateTest, Leave_TooOftenWhileOpen_DoesNotEndTheDrainOfASession) {
  open();
  pass(Unit::session);
  EXPECT_EQ(gate_.leave(Unit::entry), Gate::Left::more) << "an open gate does not know";
  EXPECT_EQ(gate_.shut(), 1u) << "the session is still there";
  EXPECT_EQ(gate_.surplus(), 1u);
  EXPECT_FALSE(gate_.drained());
  EXPECT_EQ(gate_.counts().entries, 0u);
  EXPECT_EQ(gate_.leave(Unit::session), Gate::Left::last);
  EXPECT_TRUE(gate_.drained());
}

TEST_P(GateTest, Leave_TheLastOfAnOpenGate_IsNotTheEndOfADrain) {
  open();
  pass(Unit::session);
  EXPECT_EQ(gate_.leave(Unit::session), Gate::Left::more);
}

TEST_P(GateTest, Leaving_LastsUntilTheLastOneIsGone) {
  open();
  pass(Unit::session);
  pass(Unit::session);
  gate_.shut();
  EXPECT_EQ(gate_.leave(Unit::session), Gate::Left::more);
  EXPECT_FALSE(gate_.leaving());
  EXPECT_EQ(gate_.leave(Unit::session), Gate::Left::last);
  EXPECT_TRUE(gate_.leaving()) << "it has still to wake the steward";
  gate_.gone();
  EXPECT_FALSE(gate_.leaving());
}

TEST_P(GateTest, Permitted_UnderConcurrency_NobodyPassesAfterTheLast) {
  std::atomic<int> failures{0};
  for (int round = 0; round < 300; ++round) {
    std::atomic<int> last{0};
    std::atomic<bool> drained{false};
    open();
    pass(Unit::session);
    gate_.shut();
    std::vector<std::thread> threads;
    for (int t = 0; t < 3; ++t)
      threads.emplace_back([&] {
        for (int i = 0; i < 200; ++i) {
          const bool over = drained.load();
          if (!gate_.pass(Unit::session, Pass::inside)) continue;
          if (over) ++failures;
          if (gate_.leave(Unit::session) != Gate::Left::last) continue;
          drained = true;
          ++last;
          gate_.gone();
        }
      });
    if (gate_.leave(Unit::session) == Gate::Left::last) {
      drained = true;
      ++last;
      gate_.gone();
    }
    for (std::thread &thread : threads) thread.join();
    if (last.load() != 1 || gate_.counts().live() != 0) ++failures;
  }
  EXPECT_EQ(failures.load(), 0);
}

/// Everybody holds what he passed with for a moment; who is inside when the gate has been shut must be known exactly.
TEST_P(GateTest, Shut_UnderConcurrency_KnowsExactlyWhoIsInside) {
  std::atomic<std::int64_t> inside{0};
  std::atomic<bool> stop{false};
  std::atomic<int> lasts{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      const Unit unit = t % 2 == 0 ? Unit::entry : Unit::session;
      while (!stop.load(std::memory_order_relaxed)) {
        if (!gate_.pass(unit, Pass::ordinary)) {
          std::this_thread::yield();
          continue;
        }
        inside.fetch_add(1);
        inside.fetch_sub(1);
        if (gate_.leave(unit) != Gate::Left::last) continue;
        ++lasts;
        gate_.gone();
      }
    });
  int failures = 0, shut_with_somebody = 0, drained_at_once = 0;
  for (int round = 0; round < 500; ++round) {
    open();
    if (round % 3 == 0) std::this_thread::yield();
    const std::uint64_t live = gate_.shut();
    shut_with_somebody += live != 0 ? 1 : 0;
    drained_at_once += live == 0 ? 1 : 0;
    while (!gate_.drained()) std::this_thread::yield();
    if (inside.load() != 0 || gate_.live() != 0) ++failures;
    while (gate_.leaving()) std::this_thread::yield();
    if (lasts.exchange(0) != (live != 0 ? 1 : 0)) ++failures;
  }
  stop = true;
  for (std::thread &thread : threads) thread.join();
  EXPECT_EQ(failures, 0) << shut_with_somebody << " with somebody inside, " << drained_at_once << " with nobody";
}

}  // namespace
}  // namespace tidegate::sdk

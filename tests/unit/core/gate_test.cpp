#include "core/gate.hpp"

#include <thread>
#include <vector>

namespace tidegate::sdk {
namespace {

TEST(Gate, New_IsShutAndDrained) {
  Gate gate;
  EXPECT_FALSE(gate.is_open());
  EXPECT_TRUE(gate.drained());
  EXPECT_EQ(gate.pass(Unit::session, Pass::ordinary), Passage::shut);
}

TEST(Gate, Open_LetsInAndCounts) {
  Gate gate;
  gate.open();
  EXPECT_EQ(gate.pass(Unit::session, Pass::ordinary), Passage::passed);
  EXPECT_EQ(gate.pass(Unit::child, Pass::inside), Passage::passed);
  EXPECT_EQ(gate.pass(Unit::entry, Pass::ordinary), Passage::passed);
  const Counts counts = gate.counts();
  EXPECT_EQ(counts.sessions, 1u);
  EXPECT_EQ(counts.children, 1u);
  EXPECT_EQ(counts.entries, 1u);
  EXPECT_FALSE(gate.drained());
}

TEST(Gate, Draining_LetsInOnlyWhatIsInside) {
  Gate gate;
  gate.open();
  gate.pass(Unit::session, Pass::ordinary);
  EXPECT_EQ(gate.shut().live(), 1u);
  EXPECT_EQ(gate.pass(Unit::session, Pass::ordinary), Passage::shut);
  EXPECT_EQ(gate.pass(Unit::child, Pass::inside), Passage::passed);
  EXPECT_EQ(gate.leave(Unit::session), Gate::Left::more);
  EXPECT_EQ(gate.leave(Unit::child), Gate::Left::last);
}

TEST(Gate, Drained_LetsNothingInAnyMore) {
  Gate gate;
  gate.open();
  gate.pass(Unit::session, Pass::ordinary);
  gate.shut();
  EXPECT_EQ(gate.leave(Unit::session), Gate::Left::last);
  EXPECT_TRUE(gate.drained());
  EXPECT_EQ(gate.pass(Unit::child, Pass::inside), Passage::shut);
  EXPECT_EQ(gate.pass(Unit::entry, Pass::inside), Passage::shut);
}

TEST(Gate, Draining_LetsPermittedSessionsInUntilNobodyIsLeft) {
  Gate gate;
  gate.open();
  gate.pass(Unit::entry, Pass::ordinary);
  gate.shut();
  EXPECT_EQ(gate.pass(Unit::session, Pass::inside), Passage::passed);
  EXPECT_EQ(gate.leave(Unit::entry), Gate::Left::more);
  EXPECT_EQ(gate.leave(Unit::session), Gate::Left::last);
  for (const Unit unit : {Unit::session, Unit::child, Unit::entry}) EXPECT_EQ(gate.pass(unit, Pass::inside), Passage::shut);
  EXPECT_EQ(gate.counts().live(), 0u) << "a refusal leaves no trace";
}

TEST(Gate, Draining_HasTheSameMaximum) {
  Gate gate;
  gate.open();
  gate.pass(Unit::session, Pass::ordinary, 2);
  gate.shut();
  EXPECT_EQ(gate.pass(Unit::session, Pass::inside, 2), Passage::passed);
  EXPECT_EQ(gate.pass(Unit::session, Pass::inside, 2), Passage::full);
}

TEST(Gate, Position_IsWhatItLetsPass) {
  Gate gate;
  EXPECT_EQ(gate.position(), Gate::Position::sealed) << "nobody inside, and not open";
  gate.open();
  EXPECT_EQ(gate.position(), Gate::Position::open);
  gate.pass(Unit::session, Pass::ordinary);
  gate.shut();
  EXPECT_EQ(gate.position(), Gate::Position::draining);
  gate.leave(Unit::session);
  EXPECT_EQ(gate.position(), Gate::Position::sealed) << "drained: nothing passes until it is opened";
  gate.open();
  gate.pass(Unit::session, Pass::ordinary);
  gate.seal();
  EXPECT_EQ(gate.position(), Gate::Position::sealed);
  EXPECT_TRUE(gate.open_unless_drained());
  EXPECT_EQ(gate.position(), Gate::Position::open);
}

TEST(Gate, Sealed_LetsNothingIn) {
  Gate gate;
  gate.open();
  gate.pass(Unit::session, Pass::ordinary);
  EXPECT_EQ(gate.seal().live(), 1u);
  EXPECT_EQ(gate.pass(Unit::child, Pass::inside), Passage::shut);
}

TEST(Gate, OpenUnlessDrained_DecidesBetweenZeroAndResume) {
  Gate gate;
  gate.open();
  gate.pass(Unit::session, Pass::ordinary);
  gate.shut();
  EXPECT_TRUE(gate.open_unless_drained());
  gate.shut();
  gate.leave(Unit::session);
  EXPECT_FALSE(gate.open_unless_drained());
  EXPECT_FALSE(gate.is_open());
}

TEST(Gate, Leave_WithNobodyInside_ChangesNothing) {
  Gate gate;
  gate.open();
  gate.pass(Unit::session, Pass::ordinary);
  EXPECT_EQ(gate.leave(Unit::entry), Gate::Left::none);
  EXPECT_EQ(gate.leave(Unit::child), Gate::Left::none);
  EXPECT_EQ(gate.counts().live(), 1u);
}

TEST(Gate, Leave_TheLastOfAnOpenGate_IsNotTheEndOfADrain) {
  Gate gate;
  gate.open();
  gate.pass(Unit::session, Pass::ordinary);
  EXPECT_EQ(gate.leave(Unit::session), Gate::Left::more);
}

TEST(Gate, Leaving_LastsUntilTheLastOneIsGone) {
  Gate gate;
  gate.open();
  gate.pass(Unit::session, Pass::ordinary);
  gate.pass(Unit::session, Pass::ordinary);
  gate.shut();
  EXPECT_EQ(gate.leave(Unit::session), Gate::Left::more);
  EXPECT_FALSE(gate.leaving());
  EXPECT_EQ(gate.leave(Unit::session), Gate::Left::last);
  EXPECT_TRUE(gate.leaving()) << "it has still to wake the steward";
  gate.gone();
  EXPECT_FALSE(gate.leaving());
  EXPECT_EQ(gate.leave(Unit::session), Gate::Left::none);
  EXPECT_FALSE(gate.leaving());
}

TEST(Gate, MaxSessions_BoundsSessionsOnly) {
  Gate gate;
  gate.open();
  EXPECT_EQ(gate.pass(Unit::session, Pass::ordinary, 1), Passage::passed);
  EXPECT_EQ(gate.pass(Unit::session, Pass::ordinary, 1), Passage::full);
  EXPECT_EQ(gate.pass(Unit::child, Pass::inside, 1), Passage::passed);
}

TEST(Gate, Counters_DoNotRunIntoEachOther) {
  Gate gate;
  gate.open();
  for (std::uint64_t i = 0; i < Gate::kMaxChildren; ++i) ASSERT_EQ(gate.pass(Unit::child, Pass::inside), Passage::passed);
  EXPECT_EQ(gate.pass(Unit::child, Pass::inside), Passage::full);
  EXPECT_EQ(gate.counts().entries, 0u);
  EXPECT_EQ(gate.counts().sessions, 0u);
}

TEST(Gate, MaxSessions_UnderConcurrency_IsNeverExceeded) {
  Gate gate;
  gate.open();
  constexpr std::uint64_t kMax = 3;
  std::atomic<std::uint64_t> inside{0}, most{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 20000; ++i) {
        if (gate.pass(Unit::session, Pass::ordinary, kMax) != Passage::passed) continue;
        const std::uint64_t now = inside.fetch_add(1) + 1;
        std::uint64_t seen = most.load();
        while (now > seen && !most.compare_exchange_weak(seen, now)) {
        }
        inside.fetch_sub(1);
        gate.leave(Unit::session);
      }
    });
  for (std::thread &thread : threads) thread.join();
  EXPECT_LE(most.load(), kMax);
  EXPECT_EQ(gate.counts().live(), 0u);
}

TEST(Gate, Permitted_UnderConcurrency_NobodyPassesAfterTheLast) {
  Gate gate;
  std::atomic<int> failures{0};
  for (int round = 0; round < 300; ++round) {
    std::atomic<int> last{0};
    std::atomic<bool> drained{false};
    gate.open();
    gate.pass(Unit::session, Pass::ordinary);
    gate.shut();
    std::vector<std::thread> threads;
    for (int t = 0; t < 3; ++t)
      threads.emplace_back([&] {
        for (int i = 0; i < 200; ++i) {
          const bool over = drained.load();
          if (gate.pass(Unit::session, Pass::inside) != Passage::passed) continue;
          if (over) ++failures;
          if (gate.leave(Unit::session) != Gate::Left::last) continue;
          drained = true;
          ++last;
          gate.gone();
        }
      });
    if (gate.leave(Unit::session) == Gate::Left::last) {
      drained = true;
      ++last;
      gate.gone();
    }
    for (std::thread &thread : threads) thread.join();
    if (last.load() != 1 || gate.counts().live() != 0) ++failures;
  }
  EXPECT_EQ(failures.load(), 0);
}

}  // namespace
}  // namespace tidegate::sdk

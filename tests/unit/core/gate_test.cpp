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

}  // namespace
}  // namespace tidegate::sdk

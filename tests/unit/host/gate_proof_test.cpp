// FINDINGS L12: the gate is chosen when a host is made, by a proof that its fence works.

#include "host/gate_proof.hpp"

#include <gtest/gtest.h>

#include "core/fence.hpp"
#include "core/per_cpu.hpp"

namespace tidegate::sdk {
namespace {

TEST(GateProof, FenceThatWorks_IsProved_EachTime) {
  if (!per_cpu::available()) return;  // such as under a sanitizer, or with GLIBC_TUNABLES=glibc.pthread.rseq=0
  int proved = 0;
  for (int i = 0; i < 20; ++i) proved += proves(per_cpu::fence_by_membarrier) ? 1 : 0;
  EXPECT_GE(proved, 18) << "on a machine that is busy both threads may not run at once for a whole second";
}

TEST(GateProof, FenceByVisits_IsProvedToo) {
  if (!per_cpu::available()) return;
  // On a busy machine a moment often says nothing, as each visit takes the processor from the other thread. A fence without effect is found
  // out each time (see below), so a few proofs show that this one has its effect.
  int proved = 0;
  for (int i = 0; i < 60 && proved < 5; ++i) proved += proves(per_cpu::fence_by_visits) ? 1 : 0;
  EXPECT_EQ(proved, 5);
}

TEST(GateProof, FenceThatDoesNothing_OrIsRefused_IsFoundOut) {
  int found = 0;
  for (int i = 0; i < 20; ++i) found += proves([] { return true; }) ? 0 : 1;
  EXPECT_GE(found, 19) << "a kernel that does not begin sequences anew would lose sessions";
  EXPECT_FALSE(proves([] { return false; }));
}

TEST(GateProof, IsMadeOnceInAProcess_AndItsCostIsSaid) {
  const GateProof first = prove_gate();
  EXPECT_TRUE(!first.holds || per_cpu::available());
  std::printf("the gate's self-test took %.0f us, %s\n", static_cast<double>(first.cost) / 1000,
              first.holds ? "and holds" : "and does not hold");
  EXPECT_EQ(prove_gate().cost, 0u);
}

}  // namespace
}  // namespace tidegate::sdk

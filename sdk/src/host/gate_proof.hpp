#pragma once

#include "core/nanos.hpp"

namespace tidegate::sdk {

/// Selects the gate of a host. The per-processor gate needs a fence that restarts every sequence in progress. Kernels can be broken there
/// (restartable sequences were rewritten in Linux 6.19), a seccomp filter may forbid membarrier(2), and another library may have removed
/// the C library's registration. So the fence is tested first: a thread stays within a sequence, and each fence must restart the sequence.
/// Where the test does not see this, also because the process has only one processor, the host gets the portable gate.
struct GateProof {
  bool holds = false;  ///< the per-processor gate may be used
  Nanos cost = 0;      ///< duration of the test; 0: it was made for an earlier host of this process
};

/// Runs the test, once in a process; later calls only check that the fence is still allowed. Threads: any.
GateProof prove_gate();

/// Takes the self-test as passed from now on. Only for the program that counts instructions under valgrind, which has no sequences.
void take_gate_as_proved();

/// Runs the self-test with another fence, for tests: a fence without effect must be detected.
bool proves(bool (*fence)());

}  // namespace tidegate::sdk

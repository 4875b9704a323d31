#pragma once

#include "core/nanos.hpp"

namespace tidegate::sdk {

/// Which gate a host gets. The per-processor gate relies on a fence that makes every sequence in progress begin anew; kernels have
/// been broken there (restartable sequences were rewritten in Linux 6.19), a seccomp filter may forbid membarrier(2), and another
/// library may have taken the C library's registration away. So it is tried before it is relied on: a thread stays within a
/// sequence, and each fence must make it begin anew. Where that is not seen, also because there is one processor only, the host
/// has the portable gate.
struct GateProof {
  bool holds = false;  ///< the per-processor gate may be used
  Nanos cost = 0;      ///< what the proof took; 0: it was made for an earlier host of this process
};

/// Proves it, once in a process; later only that the fence is still allowed. Threads: any.
GateProof prove_gate();

/// Runs the self-test with another fence, for tests: a fence without effect must be detected.
bool proves(bool (*fence)());

}  // namespace tidegate::sdk

#pragma once

namespace tidegate::sdk::per_cpu {

/// Restarts every restartable sequence of this process that has not committed, and makes the stores of committed sequences visible to the
/// caller. Asks membarrier(2); where the system refuses membarrier, as under a seccomp filter of a sandbox, visits the processors.
/// Returns: false when the system refuses both; then nothing is known about the other threads.
/// Threads: any. Blocks: for microseconds with membarrier, else for a turn on every processor.
bool fence();

/// The same by membarrier(2) alone.
bool fence_by_membarrier();

/// The same by a turn of the calling thread on each processor: the thread that ran there has lost the processor, so the kernel restarts
/// its sequence. The method comes from the toy RCU in McKenney and Walpole, "What is RCU, Fundamentally?", 2007.
/// Returns: false when sched_setaffinity(2) is refused, or when another thread of the process may run where the caller may not.
/// Blocks: for ever only when a real-time thread never leaves a processor and the kernel's limit for such threads is off.
bool fence_by_visits();

}  // namespace tidegate::sdk::per_cpu

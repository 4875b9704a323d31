#include "core/fence.hpp"

#include "core/per_cpu.hpp"

#ifdef TIDEGATE_PER_CPU
#include <dirent.h>
#include <fcntl.h>
#include <linux/membarrier.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <bitset>
#include <cerrno>
#include <cstdlib>
#endif

namespace tidegate::sdk::per_cpu {

#ifdef TIDEGATE_PER_CPU
namespace {

constexpr std::size_t kMostProcessors = 4096;

long membarrier(int command) { return syscall(SYS_membarrier, command, 0, 0); }

/// The processors on which the kernel may run a thread.
class Processors {
 public:
  bool read(pid_t thread) { return sched_getaffinity(thread, sizeof set_, &set_[0]) == 0; }
  bool keep_thread_on() const { return sched_setaffinity(0, sizeof set_, &set_[0]) == 0; }
  bool has(std::size_t processor) const { return CPU_ISSET_S(processor, sizeof set_, &set_[0]); }

 private:
  cpu_set_t set_[kMostProcessors / CPU_SETSIZE] = {};
};

/// Moves the calling thread to `processor`. Returns: false when the kernel refuses.
bool visit(std::size_t processor) {
  cpu_set_t set[kMostProcessors / CPU_SETSIZE] = {};
  CPU_SET_S(processor, sizeof set, &set[0]);
  return sched_setaffinity(0, sizeof set, &set[0]) == 0;
}

/// Returns: whether the thread of this entry in /proc/self/task may run on visited processors only.
bool stays_on(const dirent64 &entry, const std::bitset<kMostProcessors> &visited) {
  const pid_t thread = std::atoi(entry.d_name);
  Processors theirs;
  if (thread == 0 || !theirs.read(thread)) return true;  // ".", "..", and a thread that has ended
  for (std::size_t i = 0; i < kMostProcessors; ++i)
    if (theirs.has(i) && !visited[i]) return false;
  return true;
}

/// The same for all threads of the process. Needs no memory, as a drain needs none.
bool all_threads_stay_on(const std::bitset<kMostProcessors> &visited) {
  const int threads = open("/proc/self/task", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (threads < 0) return false;
  bool all = true;
  alignas(dirent64) char entries[4096];
  ssize_t length;
  while (all && (length = getdents64(threads, entries, sizeof entries)) > 0)
    for (const char *at = entries; at < entries + length; at += reinterpret_cast<const dirent64 *>(at)->d_reclen)
      all = all && stays_on(*reinterpret_cast<const dirent64 *>(at), visited);
  close(threads);
  return all && length == 0;
}

}  // namespace

/// A process must register once, and a forked process perhaps again.
bool fence_by_membarrier() {
  if (membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED_RSEQ) == 0) return true;
  return errno == EPERM && membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_RSEQ) == 0 &&
         membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED_RSEQ) == 0;
}

bool fence_by_visits() {
  Processors before;
  if (!before.read(0)) return false;
  // The caller's stores must be visible before the first visit.
  std::atomic_thread_fence(std::memory_order_seq_cst);
  std::bitset<kMostProcessors> visited;
  for (std::size_t i = 0; i < ground.cpus; ++i) {
    if (visit(i))
      visited.set(i);
    else if (errno != EINVAL)  // EINVAL: the processor is off, or the thread's cpuset lacks it
      break;
  }
  const bool done = visited.any() && all_threads_stay_on(visited);
  before.keep_thread_on();
  return done;
}

bool fence() { return fence_by_membarrier() || fence_by_visits(); }

#else

bool fence_by_membarrier() { return false; }
bool fence_by_visits() { return false; }
bool fence() { return false; }

#endif

}  // namespace tidegate::sdk::per_cpu

#include "core/per_cpu.hpp"

#include <algorithm>
#include <cerrno>

#ifdef TIDEGATE_PER_CPU
#include <linux/membarrier.h>
#include <sys/rseq.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace tidegate::sdk::per_cpu {

Ground ground;

#ifdef TIDEGATE_PER_CPU
namespace {

long membarrier(int command) { return syscall(SYS_membarrier, command, 0, 0); }

/// One more than the highest number that a processor may have.
std::uint32_t possible_cpus() {
  const long configured = sysconf(_SC_NPROCESSORS_CONF);
  return static_cast<std::uint32_t>(std::clamp(configured, 1L, 4096L));
}

const struct rseq *area_of_this_thread() {
  return reinterpret_cast<const struct rseq *>(thread_pointer() + __rseq_offset);
}

/// The C library may have been told not to register threads, the kernel may know neither call, and valgrind knows neither.
/// Before everything else of the library that is made before main().
[[gnu::constructor(101)]] void look_around() {
  ground.area = __rseq_offset;
  ground.cpus = possible_cpus();
  ground.available = __rseq_size != 0 && area_of_this_thread()->cpu_id < ground.cpus && fence() ? 1 : 0;
}

}  // namespace

/// A process has to register once, and a forked one perhaps again.
bool fence() {
  if (membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED_RSEQ) == 0) return true;
  return errno == EPERM && membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_RSEQ) == 0 &&
         membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED_RSEQ) == 0;
}

#else

bool fence() { return false; }

#endif

std::uint32_t rows() { return std::max(ground.cpus, 1u); }

}  // namespace tidegate::sdk::per_cpu

#include "core/per_cpu.hpp"

#include <algorithm>

#include "core/fence.hpp"

#ifdef TIDEGATE_PER_CPU
#include <sys/rseq.h>
#include <unistd.h>
#endif

namespace tidegate::sdk::per_cpu {

Ground ground;

#ifdef TIDEGATE_PER_CPU
namespace {

/// Returns the number of processors that the machine can have.
std::uint32_t possible_cpus() {
  const long configured = sysconf(_SC_NPROCESSORS_CONF);
  return static_cast<std::uint32_t>(std::clamp(configured, 1L, 4096L));
}

const struct rseq *area_of_this_thread() {
  return reinterpret_cast<const struct rseq *>(thread_pointer() + __rseq_offset);
}

/// Finds out whether restartable sequences work: the C library can be told not to register threads, and an old kernel or valgrind has
/// neither rseq(2) nor the fence. Runs before all other constructors of the library.
[[gnu::constructor(101)]] void look_around() {
  ground.area = __rseq_offset;
  ground.cpus = possible_cpus();
  ground.available = __rseq_size != 0 && area_of_this_thread()->cpu_id < ground.cpus && fence_by_membarrier() ? 1 : 0;
}

}  // namespace

#endif

std::uint32_t rows() { return std::max(ground.cpus, 1u); }

}  // namespace tidegate::sdk::per_cpu

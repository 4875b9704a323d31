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
  ground.available = __rseq_size != 0 && area_of_this_thread()->cpu_id < ground.cpus && fence_by_membarrier() ? 1 : 0;
}

}  // namespace

#endif

std::uint32_t rows() { return std::max(ground.cpus, 1u); }

}  // namespace tidegate::sdk::per_cpu

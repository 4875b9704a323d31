#include "machine.hpp"

#include <pthread.h>
#include <sched.h>
#include <sys/rseq.h>

#include <ctime>
#include <vector>

namespace tidegate::bench {
namespace {

struct Allowed {
  Allowed() {
    CPU_ZERO(&all);
    sched_getaffinity(0, sizeof all, &all);
    for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu)
      if (CPU_ISSET(cpu, &all)) each.push_back(cpu);
  }
  cpu_set_t all;
  std::vector<int> each;
};

/// As it was before any thread was bound.
const Allowed &allowed() {
  static const Allowed it;
  return it;
}

double read(clockid_t id) {
  timespec now{};
  clock_gettime(id, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

}  // namespace

unsigned processors() { return static_cast<unsigned>(allowed().each.size()); }

void bind_to_processor(unsigned which) {
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(allowed().each[which % allowed().each.size()], &one);
  pthread_setaffinity_np(pthread_self(), sizeof one, &one);
}

void bind_to_none() { pthread_setaffinity_np(pthread_self(), sizeof(cpu_set_t), &allowed().all); }

double cpu_ns() { return read(CLOCK_THREAD_CPUTIME_ID); }
double wall_ns() { return read(CLOCK_MONOTONIC); }

bool has_sequences() { return __rseq_size != 0; }

}  // namespace tidegate::bench

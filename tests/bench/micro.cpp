// The pairs by Google Benchmark, each alone: to look at one of them, with its filters and repetitions. The ratios of the
// table are bench's, which measures the sides in turn.
#include <benchmark/benchmark.h>

#include <memory>

#include "pairs.hpp"
#include "server.hpp"

using namespace tidegate::bench;

namespace {

constexpr int kBatch = 100;

void add(const EntryCalls &calls) {
  benchmark::RegisterBenchmark(calls.name, [calls](benchmark::State &state) {
    if (calls.attach != nullptr) calls.attach();
    while (state.KeepRunningBatch(kBatch)) entry_loop(calls, kBatch);
    if (calls.detach != nullptr) calls.detach();
  })->ThreadRange(1, 4);
}

void add(const SessionCalls &calls) {
  benchmark::RegisterBenchmark(calls.name, [calls](benchmark::State &state) {
    while (state.KeepRunningBatch(kBatch)) session_loop(calls, kBatch);
  })->ThreadRange(1, 4);
}

}  // namespace

int main(int argc, char **argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  const Server server(library());
  for (const EntryCalls &calls : {empty_pair(), server.entries(), urcu(), shared_atomic(), mutex(), shared_mutex()})
    add(calls);
  for (const SessionCalls &calls : {server.sessions(), malloc_free(), unordered_map(), flat_map(), concurrent_map()})
    add(calls);
  benchmark::RunSpecifiedBenchmarks();
  std::_Exit(0);  // the host is not destroyed
}

// Sessions: admit and release, against maps that a server would keep them in; one at a time, and 1,000 held.
#include <atomic>
#include <ctime>
#include <memory>

#include "pairs.hpp"
#include "rows.hpp"
#include "server.hpp"

namespace tidegate::bench {
namespace {

/// What a session cannot do without, each alone: when it came, and that only one release of it ends it.
std::vector<Side> parts() {
  constexpr unsigned kEach = 1000;
  const auto side = [](const char *name, auto part) {
    return Side{name, [part](unsigned round) {
                  return processor_time(1, kSlice, round, [part] {
                    return Chunk{[part] {
                                   for (unsigned i = 0; i < kEach; ++i) part();
                                 },
                                 kEach};
                  });
                }};
  };
  auto word = std::make_shared<std::atomic<std::uint64_t>>(0);
  return {side("the coarse clock",
               [] {
                 timespec now{};
                 clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
               }),
          side("a locked compare-exchange", [word] {
            std::uint64_t seen = word->load(std::memory_order_relaxed);
            word->compare_exchange_strong(seen, seen + 1);
          })};
}

}  // namespace

void session_pairs(const Run &run, Rows &rows) {
  const Server server(library());
  const SessionCalls gate = server.sessions(), map = unordered_map();
  constexpr unsigned kHeld = 1000;

  rows.compare("G5", "session", 1, session_side(gate, 1), session_side(map, 1), run.rounds());
  rows.compare("G5-held", "session, 1000 held", 1, held_side(gate, 1, kHeld), held_side(map, 1, kHeld), run.rounds());

  rows.measure("parts", 1, parts(), run.few_rounds());

  const SessionCalls concurrent = concurrent_map(), flat = flat_map(), memory = malloc_free();
  for (const unsigned threads : run.threads()) {
    std::vector<Side> pairs, held;
    for (const SessionCalls &calls : {gate, memory, map, flat, concurrent}) {
      pairs.push_back(session_side(calls, threads));
      held.push_back(held_side(calls, threads, kHeld));
    }
    pairs.push_back(direct_session_side(gate, threads));
    rows.measure("session", threads, pairs, run.few_rounds());
    rows.measure("session, 1000 held", threads, held, run.few_rounds());
  }
}

}  // namespace tidegate::bench

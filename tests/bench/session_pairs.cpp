// Sessions: admit and release, against maps that a server would keep them in; one at a time, and 1,000 held.
#include "pairs.hpp"
#include "rows.hpp"
#include "server.hpp"

namespace tidegate::bench {

void session_pairs(const Run &run, Rows &rows) {
  const Server server(library());
  const SessionCalls gate = server.sessions(), map = unordered_map();
  constexpr unsigned kHeld = 1000;

  rows.compare("G5", "session", 1, session_side(gate, 1), session_side(map, 1), run.rounds());
  rows.compare("G5-held", "session, 1000 held", 1, held_side(gate, 1, kHeld), held_side(map, 1, kHeld), run.rounds());

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

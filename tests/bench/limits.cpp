// Sessions of a service with a maximum, which is exact, against one without.
#include "machine.hpp"
#include "pairs.hpp"
#include "rows.hpp"
#include "server.hpp"

namespace tidegate::bench {

void limits(const Run &run, Rows &rows) {
  const Server unbounded(library()), bounded(library(), {.max_sessions = 500'000});
  const SessionCalls without = unbounded.sessions(), with = bounded.sessions("gate: session, with a limit");
  const unsigned all = processors();
  rows.compare("G13", "limit", all, session_side(with, all), session_side(without, all), run.rounds());
  rows.compare("G13-one", "limit", 1, session_side(with, 1), session_side(without, 1), run.rounds());
}

}  // namespace tidegate::bench

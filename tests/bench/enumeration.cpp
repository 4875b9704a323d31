// All live sessions shown to a callback, against a map of them.
#include "live.hpp"
#include "machine.hpp"
#include "rows.hpp"
#include "server.hpp"

namespace tidegate::bench {

void enumeration(const Run &run, Rows &rows) {
  const std::uint64_t live = run.live();
  const Server server(library(), {.capacity = live + live / 8});
  Live gate(server.sessions(), live), map(unordered_map(), live);
  rows.compare("G8-fresh", "enumeration, none has left", 1, gate.enumeration_side(), map.enumeration_side(),
               run.few_rounds());
  // A server that has run for a while: every session is one that came in the place of another.
  gate.churn(live, 1000);
  map.churn(live, 1000);
  rows.compare("G8", "enumeration", 1, gate.enumeration_side(), map.enumeration_side(), run.few_rounds());
  gate.end();
  map.end();
  bind_to_none();
}

}  // namespace tidegate::bench

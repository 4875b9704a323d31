// Short work: enter and leave, against other ways to know who is inside.
#include "machine.hpp"
#include "pairs.hpp"
#include "rows.hpp"
#include "server.hpp"

namespace tidegate::bench {

void entry_pairs(const Run &run, Rows &rows) {
  const Server server(library());
  const EntryCalls gate = server.entries(), empty = empty_pair(), atomic = shared_atomic(), shared = shared_mutex();
  const unsigned all = processors();
  const unsigned rounds = run.rounds();

  rows.compare("G1", "entry", 1, entry_side(gate, 1), entry_side(empty, 1), rounds);
  rows.compare("G2", "entry", all, entry_side(gate, all), entry_side(gate, 1), rounds);
  // Two threads of one core share it: what that costs whoever runs there is not the gate's.
  rows.compare("G2-empty", "entry", all, entry_side(empty, all), entry_side(empty, 1), rounds);
  rows.compare("G3", "entry", all, entry_side(gate, all), entry_side(atomic, all), rounds);
  rows.compare("G4", "entry", all, entry_side(gate, all), entry_side(shared, all), rounds);

  const EntryCalls lock = mutex(), reader = urcu();
  for (const unsigned threads : run.threads()) {
    std::vector<Side> sides;
    for (const EntryCalls &calls : {empty, gate, reader, atomic, lock, shared}) sides.push_back(entry_side(calls, threads));
    sides.push_back(direct_entry_side(gate, threads));
    rows.measure("entry", threads, sides, run.few_rounds());
  }
}

}  // namespace tidegate::bench

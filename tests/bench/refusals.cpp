// What it costs to say no while a service is drained.
#include "machine.hpp"
#include "pairs.hpp"
#include "rows.hpp"
#include "server.hpp"

namespace tidegate::bench {

void refusals(const Run &run, Rows &rows) {
  const Server server(library());
  const EntryCalls gate = server.entries("gate: refused entry"), plain = plain_refusal();
  server.drain();
  server.wait_until_drained();
  rows.compare("G12", "refusal", 1, refusal_side(gate, 1), refusal_side(plain, 1), run.rounds());
  for (const unsigned threads : run.threads())
    rows.measure("refusal", threads,
                 {refusal_side(gate, threads), refusal_side(plain, threads),
                  session_refusal_side(server.sessions("gate: refused session"), threads)},
                 run.few_rounds());
}

}  // namespace tidegate::bench

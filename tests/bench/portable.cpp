// The gate without restartable sequences, as on other systems: in a process whose C library registers no thread for them
// (GLIBC_TUNABLES=glibc.pthread.rseq=0).
#include <cstdio>
#include <cstdlib>

#include "machine.hpp"
#include "pairs.hpp"
#include "rows.hpp"
#include "server.hpp"

namespace tidegate::bench {

void portable(const Run &run, Rows &rows) {
  if (has_sequences()) {
    std::fprintf(stderr, "bench: for `portable` set GLIBC_TUNABLES=glibc.pthread.rseq=0\n");
    std::exit(1);
  }
  const Server server(library());
  const EntryCalls gate = server.entries("portable gate: entry"), atomic = shared_atomic();
  const SessionCalls sessions = server.sessions("portable gate: session");
  const unsigned all = processors();
  rows.compare("G16", "portable", all, entry_side(gate, all), entry_side(atomic, all), run.rounds());
  for (const unsigned threads : run.threads()) {
    rows.measure("entry", threads, {entry_side(gate, threads)}, run.few_rounds());
    rows.measure("session", threads, {session_side(sessions, threads)}, run.few_rounds());
  }
}

}  // namespace tidegate::bench

// Sessions come and go while millions are live: against malloc and free of as many bytes, with nothing that finds them
// again.
#include "live.hpp"
#include "machine.hpp"
#include "rows.hpp"
#include "server.hpp"

namespace tidegate::bench {
namespace {

constexpr std::uint64_t kStep = 100'000;  // in each round

// Ends and begins in turn, or in bursts, as when a crowd leaves and another comes.
constexpr std::uint64_t kAlone = 1, kBurst = 1000;

}  // namespace

void churn(const Run &run, Rows &rows) {
  const std::uint64_t live = run.live();
  const Server server(library(), {.capacity = live + live / 8});
  Live gate(server.sessions(), live), memory(malloc_free(), live);
  const unsigned rounds = run.rounds();
  rows.compare("G6-alone", "churn, one by one", 1, gate.churn_side(kStep, kAlone), memory.churn_side(kStep, kAlone),
               rounds);
  // What it comes to after a while, not right after all have come.
  gate.churn(live, kBurst);
  memory.churn(live, kBurst);
  rows.compare("G6", "churn", 1, gate.churn_side(kStep, kBurst), memory.churn_side(kStep, kBurst), rounds);
  {
    Live map(unordered_map(), live);
    rows.measure("churn", 1,
                 {gate.churn_side(kStep, kBurst), memory.churn_side(kStep, kBurst), map.churn_side(kStep, kBurst)},
                 run.few_rounds());
    map.end();
  }
  if (live > 1'000'000) {
    const Server smaller(library());
    Live million(smaller.sessions(), 1'000'000);
    million.churn(1'000'000, kBurst);
    rows.measure("churn, 1 M live", 1, {million.churn_side(kStep, kBurst)}, run.few_rounds());
    million.end();
  }
  gate.end();
  memory.end();
  bind_to_none();
}

}  // namespace tidegate::bench

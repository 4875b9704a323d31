// Admitted by one thread, queued, released by another: where a lock or a counter of the thread's own is of no use.
//
// One atomic counts, and keeps no record; so what is compared with it is what counts: entries. Sessions, whose records go
// from processor to processor and back with them, are a row of their own, and what that costs a map or malloc is shown with
// it.
#include <barrier>
#include <functional>
#include <memory>
#include <thread>

#include "machine.hpp"
#include "pairs.hpp"
#include "ring.hpp"
#include "rows.hpp"
#include "server.hpp"

namespace tidegate::bench {
namespace {

constexpr unsigned kTickets = 50'000;

/// What one ticket takes on its way, in time that goes by. `in` makes it, `out` ends it.
template <class In, class Out>
double handed_over_once(unsigned round, const In &in, const Out &out, double &lost) {
  auto ring = std::make_unique<Ring>();
  std::barrier together(2);
  double lost_by_taker = 0, lost_by_maker = 0, gone = 0;
  std::thread taker([&] {
    bind_to_processor(round + 1);
    together.arrive_and_wait();
    Stretch stretch;
    std::uint64_t ticket = 0;
    for (unsigned i = 0; i < kTickets; ++i) {
      while (!ring->pop(ticket)) spin();
      out(ticket);
    }
    stretch.end();
    lost_by_taker = stretch.lost(), gone = stretch.gone();
  });
  std::thread maker([&] {
    bind_to_processor(round);
    together.arrive_and_wait();
    Stretch stretch;
    for (unsigned i = 0; i < kTickets; ++i) {
      const std::uint64_t ticket = in();
      while (!ring->push(ticket)) spin();
    }
    stretch.end();
    lost_by_maker = stretch.lost();
  });
  maker.join();
  taker.join();
  lost = (lost_by_taker + lost_by_maker) / gone;
  return gone / kTickets;
}

template <class In, class Out>
double handed_over(unsigned round, const In &in, const Out &out) {
  return undisturbed([&](double &lost) { return handed_over_once(round, in, out, lost); });
}

Side sessions_side(const SessionCalls &calls) {
  return {calls.name, [calls](unsigned round) {
            const tg_request request = request_of(1);
            tg_verdict verdict = TG_INIT(tg_verdict);
            tg_ticket ticket = 0;
            return handed_over(
                round,
                [&] {
                  calls.admit(calls.object, &request, &verdict, &ticket);
                  return ticket;
                },
                [&](tg_ticket taken) { calls.release(calls.object, taken); });
          }};
}

Side entries_side(const EntryCalls &calls) {
  return {calls.name, [calls](unsigned round) {
            return handed_over(
                round, [&] { return static_cast<std::uint64_t>(calls.enter(calls.object)); },
                [&](std::uint64_t) { calls.leave(calls.object); });
          }};
}

}  // namespace

void hand_off(const Run &run, Rows &rows) {
  const Server server(library());
  const SessionCalls gate = server.sessions();
  const Side atomic = entries_side(shared_atomic());
  using Better = Rows::Better;
  rows.compare("G11", "hand-off", 2, entries_side(server.entries()), atomic, run.rounds(), Better::higher);
  rows.compare("G11-session", "hand-off", 2, sessions_side(gate), atomic, run.rounds(), Better::higher);
  rows.compare("G11-malloc", "hand-off", 2, sessions_side(gate), sessions_side(malloc_free()), run.rounds(),
               Better::higher);
  rows.measure("hand-off", 2,
               {entries_side(empty_pair()), entries_side(server.entries()), sessions_side(gate), atomic,
                sessions_side(unordered_map()), sessions_side(concurrent_map()), sessions_side(malloc_free())},
               run.few_rounds());
}

}  // namespace tidegate::bench

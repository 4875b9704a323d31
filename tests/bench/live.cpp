#include "live.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <random>

#include "machine.hpp"
#include "pairs.hpp"

namespace tidegate::bench {

Live::Live(const SessionCalls &calls, std::uint64_t sessions) : calls_(calls), tickets_(sessions) {
  tg_request request = request_of(0);
  tg_verdict verdict = TG_INIT(tg_verdict);
  for (tg_ticket &ticket : tickets_) {
    ++request.tag;
    calls_.admit(calls_.object, &request, &verdict, &ticket);
    if (ticket != 0) continue;
    std::fprintf(stderr, "bench: %s has no room for %llu sessions\n", calls_.name,
                 static_cast<unsigned long long>(sessions));
    std::exit(1);
  }
  std::ranges::shuffle(tickets_, std::mt19937_64(1));  // the same for all sides
}

void Live::churn(std::uint64_t count, std::uint64_t burst) {
  tg_request request = request_of(0);
  tg_verdict verdict = TG_INIT(tg_verdict);
  for (; count >= burst; count -= burst) {
    if (turn_ + burst > tickets_.size()) turn_ = 0;
    tg_ticket *const turn = tickets_.data() + turn_;
    for (std::uint64_t i = 0; i < burst; ++i) calls_.release(calls_.object, turn[i]);
    for (std::uint64_t i = 0; i < burst; ++i) {
      request.tag = turn_ + i;
      calls_.admit(calls_.object, &request, &verdict, &turn[i]);
    }
    turn_ += burst;
  }
}

Side Live::churn_side(std::uint64_t count, std::uint64_t burst) {
  return {calls_.name, [this, count, burst](unsigned round) {
            bind_to_processor(round);
            return undisturbed([&](double &lost) {
              Stretch stretch;
              churn(count, burst);
              stretch.end();
              lost = stretch.lost() / stretch.gone();
              return stretch.used() / static_cast<double>(count / burst * burst);
            });
          }};
}

Side Live::enumeration_side() {
  return {calls_.name, [this](unsigned round) {
            bind_to_processor(round);
            struct Seen {
              std::uint64_t count = 0, tags = 0;
            } seen;
            const double before = cpu_ns();
            calls_.each(
                calls_.object, 0,
                [](void *user, const tg_session_info *session) {
                  auto &it = *static_cast<Seen *>(user);
                  ++it.count;
                  it.tags += session->tag;
                },
                &seen);
            const double used = cpu_ns() - before;
            if (seen.count != tickets_.size()) {
              std::fprintf(stderr, "bench: %s showed %llu sessions\n", calls_.name,
                           static_cast<unsigned long long>(seen.count));
              std::exit(1);
            }
            return used / static_cast<double>(seen.count);
          }};
}

void Live::end() {
  for (const tg_ticket ticket : tickets_) calls_.release(calls_.object, ticket);
  tickets_.clear();
}

}  // namespace tidegate::bench

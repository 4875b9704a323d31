// Plugins that come, take each other's place and fail: what is lost by it, and what it takes.
#include <dlfcn.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <thread>
#include <vector>

#include "machine.hpp"
#include "pairs.hpp"
#include "rows.hpp"
#include "server.hpp"
#include "spread.hpp"

namespace tidegate::bench {
namespace {

constexpr tg_str kId = TG_STR("org.tidegate.bench.policy");
constexpr unsigned kReloads = 20;  // in a round

/// What two threads saw that admitted and released while a plugin was replaced: whoever was refused, and how long each took.
struct Seen {
  double lost = 0;
  std::vector<double> delays;
};

Seen replace_under_load(const Server &server) {
  std::atomic<bool> stop{false};
  std::atomic<std::uint64_t> lost{0};
  std::vector<double> delays[2];
  std::vector<std::thread> threads;
  for (auto &mine : delays)
    threads.emplace_back([&, calls = server.sessions()] {
      const tg_request request = request_of(7);
      tg_verdict verdict = TG_INIT(tg_verdict);
      while (!stop.load(std::memory_order_relaxed)) {
        tg_ticket ticket = 0;
        const double before = wall_ns();
        calls.admit(calls.object, &request, &verdict, &ticket);
        if (mine.size() < 4'000'000) mine.push_back(wall_ns() - before);
        if (ticket == 0) lost.fetch_add(1);
        calls.release(calls.object, ticket);
      }
    });
  for (unsigned i = 0; i < kReloads; ++i) must(library().plugin_reload(server.host(), kId, {}), "tg_plugin_reload");
  stop.store(true);
  for (std::thread &thread : threads) thread.join();
  Seen seen{static_cast<double>(lost.load()), std::move(delays[0])};
  seen.delays.insert(seen.delays.end(), delays[1].begin(), delays[1].end());
  return seen;
}

/// From nothing to a plugin that works; that it is taken down again is not counted.
Side loading(const Server &server) {
  return {"loading a plugin", [&server](unsigned) {
            const double before = wall_ns();
            server.load(POLICY, R"({"answer": "abstain"})");
            const double took = wall_ns() - before;
            must(library().plugin_unload(server.host(), kId), "tg_plugin_unload");
            return took;
          }};
}

Side bare_dlopen() {
  return {"dlopen of its file", [](unsigned) {
            const double before = wall_ns();
            void *const handle = dlopen(POLICY, RTLD_NOW | RTLD_LOCAL);
            const double took = wall_ns() - before;
            if (handle != nullptr) dlclose(handle);
            return took;
          }};
}

void wait_for(const Server &server, std::uint32_t number) {
  struct Wanted {
    std::uint32_t number;
    bool seen;
  } wanted{number, false};
  while (!wanted.seen) {
    const std::uint64_t last = library().host_events_last(server.host());
    library().host_events(
        server.host(), 0, 0,
        [](void *its, const tg_event *event) {
          auto &it = *static_cast<Wanted *>(its);
          it.seen = it.seen || event->number == it.number;
        },
        &wanted);
    if (!wanted.seen) library().host_events_wait(server.host(), last, TG_FOREVER);
  }
}

}  // namespace

void plugins(const Run &run, Rows &rows) {
  const Server replaced(library()), loads(library()), none(library()), failing(library());
  // First: as long as nobody else has the file mapped.
  rows.compare("P3", "load", 1, loading(loads), bare_dlopen(), run.rounds() * 5);

  replaced.load(POLICY, R"({"answer": "yes"})");
  Rounds lost, p50, p99, longest;
  for (unsigned round = 0; round < run.few_rounds(); ++round) {
    Seen seen = replace_under_load(replaced);
    lost.push_back(seen.lost);
    p50.push_back(quantile(seen.delays, 0.5));
    p99.push_back(quantile(seen.delays, 0.99));
    longest.push_back(*std::ranges::max_element(seen.delays));
  }
  rows.value("P2", lost);
  rows.figure("replace", "an admission while a plugin is replaced, p50", 2, "ns", p50);
  rows.figure("replace", "an admission while a plugin is replaced, p99", 2, "ns", p99);
  rows.figure("replace", "an admission while a plugin is replaced, the longest", 2, "ns", longest);
  failing.load(POLICY, R"({"answer": "fault"})");
  session_loop(failing.sessions(), 100);
  wait_for(failing, TG_EVENT_POLICY_OUT);
  rows.compare("P1-out", "policy", 1, session_side(failing.sessions("gate: session, its policy taken out"), 1),
               session_side(none.sessions(), 1), run.rounds());
}

}  // namespace tidegate::bench

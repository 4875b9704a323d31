// From the last release to 25050 at a thread that waits for it, at rest and in a storm of refusals; against two threads
// that wake each other by eventfd. Release, steward, waiter: two wakes, as there and back.
#include <unistd.h>

#include <atomic>
#include <memory>
#include <thread>

#include "asleep.hpp"
#include "machine.hpp"
#include "pairs.hpp"
#include "partner.hpp"
#include "rows.hpp"
#include "server.hpp"
#include "spread.hpp"

namespace tidegate::bench {
namespace {

/// Threads that ask for admission as fast as they can while told to.
class Storm {
 public:
  Storm(const SessionCalls &calls, unsigned threads) {
    for (unsigned i = 0; i < threads; ++i) threads_.emplace_back([this, calls] { ask(calls); });
    while (ids_.load() != threads) std::this_thread::yield();
  }
  ~Storm() {
    stop_ = true;
    blow();
    for (std::thread &thread : threads_) thread.join();
  }
  void blow() {
    blowing_ = true;
    blowing_.notify_all();
  }
  void rest() {
    blowing_ = false;
    while (asking_ != 0) std::this_thread::yield();
  }
  void meet() const {
    for (const std::uint64_t before = asked_; asked_ < before + 100;) std::this_thread::yield();
  }
  std::vector<pid_t> threads() const { return {id_, id_ + ids_}; }

 private:
  void ask(const SessionCalls &calls) {
    id_[ids_.fetch_add(1)] = gettid();
    const tg_request request = request_of(1);
    tg_verdict verdict = TG_INIT(tg_verdict);
    for (;;) {
      blowing_.wait(false);
      if (stop_) return;
      ++asking_;
      while (blowing_) {
        tg_ticket ticket = 0;
        calls.admit(calls.object, &request, &verdict, &ticket);
        if (ticket != 0) std::abort();
        asked_.store(asked_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
      }
      --asking_;
    }
  }

  static constexpr unsigned kMost = 256;
  pid_t id_[kMost] = {};
  std::atomic<unsigned> ids_{0};
  std::atomic<bool> blowing_{false}, stop_{false};
  std::atomic<unsigned> asking_{0};
  std::atomic<std::uint64_t> asked_{0};  // about: a hint that the storm blows
  std::vector<std::thread> threads_;
};

}  // namespace

void zero(const Run &run, Rows &rows) {
  const Server server(library());
  const SessionCalls calls = server.sessions();
  const unsigned stormy = processors() > 1 ? processors() - 1 : 1;  // the storm leaves one processor to the drain
  Storm storm(calls, stormy);
  Partner waiter([&](double &at) {
    server.wait_until_drained();
    at = wall_ns();
  });
  Partner partner([](double &at) { at = wall_ns(); });

  const auto drained = [&](bool blow) {
    const tg_request request = request_of(1);
    tg_verdict verdict = TG_INIT(tg_verdict);
    tg_ticket last = 0;
    must(calls.admit(calls.object, &request, &verdict, &last), "tg_admit");
    server.drain();
    waiter.go();
    if (blow) {
      storm.blow();
      storm.meet();
    }
    wait_until_asleep(blow ? storm.threads() : std::vector<pid_t>());
    const double released = wall_ns();
    calls.release(calls.object, last);
    waiter.wait();
    if (blow) storm.rest();
    server.resume();
    return waiter.at() - released;
  };
  std::vector<double> calm, storms, pings, one_way;
  const Side ours = latency("release to 25050", calm, [&] { return drained(false); });
  const Side in_storm = latency("release to 25050, in a storm", storms, [&] { return drained(true); });
  const Side ping = latency("eventfd, there and back", pings, [&] {
    wait_until_asleep({});
    const double rung = wall_ns();
    partner.go();
    partner.wait();
    const double back = wall_ns();
    one_way.push_back(partner.at() - rung);
    return back - rung;
  });

  rows.compare("G10", "zero", 1, ours, ping, run.rounds());
  rows.figure("zero", "release to 25050, p99", 1, "ns", {quantile(calm, 0.99)});
  rows.figure("zero", "eventfd, there and back, p99", 1, "ns", {quantile(pings, 0.99)});
  rows.figure("zero", "eventfd, there only, p50", 1, "ns", {quantile(one_way, 0.5)});
  rows.figure("zero", "eventfd, there only, p99", 1, "ns", {quantile(one_way, 0.99)});
  calm.clear();
  rows.compare("D4", "storm", stormy, in_storm, ours, run.rounds());
  rows.figure("storm", "release to 25050, in a storm, p99", stormy, "ns", {quantile(storms, 0.99)});
  rows.figure("storm", "release to 25050, p99", 1, "ns", {quantile(calm, 0.99)});
}

}  // namespace tidegate::bench

#include "measure.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <barrier>
#include <numeric>
#include <thread>

#include "machine.hpp"

namespace tidegate::bench {
namespace {

constexpr unsigned kMostTries = 4;
constexpr double kLittle = 0.03;  // of the time: the timer's ticks, and what the kernel has to do

Quiet quiet_so_far;

long sleeps_of_this_thread() {
  rusage usage{};
  getrusage(RUSAGE_THREAD, &usage);
  return usage.ru_nvcsw;
}

}  // namespace

Stretch::Stretch() : used_(cpu_ns()), gone_(wall_ns()), sleeps_(sleeps_of_this_thread()) {}

void Stretch::end() {
  used_ = cpu_ns() - used_;
  gone_ = wall_ns() - gone_;
  slept_ = sleeps_of_this_thread() != sleeps_;
}

double undisturbed(const std::function<double(double &lost)> &measure) {
  double best = 0, least = 0;
  for (unsigned i = 0; i < kMostTries; ++i) {
    double lost = 0;
    const double value = measure(lost);
    if (i == 0 || lost < least) best = value, least = lost;
    if (least < kLittle) break;
  }
  ++quiet_so_far.measured;
  quiet_so_far.disturbed += least < kLittle ? 0 : 1;
  return best;
}

const Quiet &quiet() { return quiet_so_far; }

std::vector<Rounds> in_turn(const std::vector<Side> &sides, unsigned rounds) {
  std::vector<Rounds> out(sides.size());
  for (const Side &side : sides) side.measure(0);
  for (unsigned round = 0; round < rounds; ++round)
    for (std::size_t i = 0; i < sides.size(); ++i) {
      const std::size_t at = round % 2 == 0 ? i : sides.size() - 1 - i;
      // The processor that a thread begins on changes when both directions have been gone.
      out[at].push_back(sides[at].measure(round / 2));
    }
  return out;
}

namespace {

double processor_time_once(unsigned threads, double for_ns, unsigned round, const std::function<Chunk()> &begin,
                           double &lost) {
  std::barrier together(static_cast<std::ptrdiff_t>(threads));
  std::atomic<bool> stop{false};
  std::vector<double> used(threads), gone(threads), given_up(threads), pairs(threads);
  std::vector<std::thread> team;
  for (unsigned i = 0; i < threads; ++i)
    team.emplace_back([&, i] {
      bind_to_processor(i + round);
      const Chunk chunk = begin();
      chunk.run();
      together.arrive_and_wait();
      Stretch stretch;
      const double until = wall_ns() + for_ns;
      double chunks = 0;
      do {
        chunk.run();
        ++chunks;
        // Any of them: the first may be the one that waits for the others' lock.
        if (wall_ns() >= until) stop.store(true, std::memory_order_relaxed);
      } while (!stop.load(std::memory_order_relaxed));
      stretch.end();
      used[i] = stretch.used(), gone[i] = stretch.gone(), given_up[i] = stretch.lost();
      pairs[i] = chunks * chunk.each;
    });
  for (std::thread &thread : team) thread.join();
  const auto sum = [](const std::vector<double> &of) { return std::accumulate(of.begin(), of.end(), 0.0); };
  // More threads than processors take turns: what one loses another has.
  const double turns = std::max(0.0, 1 - static_cast<double>(processors()) / threads) * sum(gone);
  lost = (sum(given_up) - turns) / sum(gone);
  return sum(used) / sum(pairs);
}

}  // namespace

double processor_time(unsigned threads, double for_ns, unsigned round, const std::function<Chunk()> &begin) {
  return undisturbed([&](double &lost) { return processor_time_once(threads, for_ns, round, begin, lost); });
}

}  // namespace tidegate::bench

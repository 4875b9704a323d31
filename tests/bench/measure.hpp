#pragma once

#include <functional>
#include <string>
#include <vector>

namespace tidegate::bench {

/// What a row compares: measures once, and says what one of it costs. `round` counts the rounds.
struct Side {
  std::string name;
  std::function<double(unsigned round)> measure;
};

/// A side's rounds, one figure each.
using Rounds = std::vector<double>;

/// Measures the sides in turn, `rounds` times: forwards and backwards by turns, so that none always comes after the same
/// other. One round before that is not kept.
std::vector<Rounds> in_turn(const std::vector<Side> &sides, unsigned rounds);

/// Some work of a thread, done over and over: `each` pairs at a time.
struct Chunk {
  std::function<void()> run;
  unsigned each = 1;
};

/// Time that a thread measures, and how much of it something else had its processor for.
class Stretch {
 public:
  Stretch();
  void end();
  double used() const { return used_; }  ///< processor time, ns
  double gone() const { return gone_; }  ///< time gone by, ns
  /// Unless the thread went to sleep itself, when nobody can tell.
  double lost() const { return slept_ ? 0 : gone_ - used_; }

 private:
  double used_, gone_;
  long sleeps_;
  bool slept_ = false;
};

/// Measures until it has had the processors for itself, a few times at most. `measure(lost)`: says what share of the time
/// was lost to others. Returns: what came of the time when least was lost.
double undisturbed(const std::function<double(double &lost)> &measure);
struct Quiet {
  unsigned measured = 0, disturbed = 0;  ///< the latter: also in the end
};
const Quiet &quiet();

/// What a pair costs when so many threads do nothing else for a while: processor time of all of them, over all pairs, in
/// ns. Each thread is bound to a processor, as far as there are as many; another one in each round. Where threads contend
/// for something they do so only while all of them run, so that matters here too: it is undisturbed(). `begin` makes a
/// thread's work, on the thread; its destructor runs there too.
double processor_time(unsigned threads, double for_ns, unsigned round, const std::function<Chunk()> &begin);

}  // namespace tidegate::bench

#pragma once

#include <string>
#include <vector>

#include "measure.hpp"

namespace tidegate::bench {

/// How thorough a run is.
struct Run {
  bool quick = false;
  unsigned rounds() const { return quick ? 9 : 41; }
  /// Of measurements that take long.
  unsigned few_rounds() const { return quick ? 5 : 9; }
  std::uint64_t live() const { return quick ? 1'000'000 : 10'000'000; }
  std::vector<unsigned> threads() const;  ///< to draw a line through
};

/// Writes what was measured, a JSON object on a line of standard output each; report.py makes the table of it.
class Rows {
 public:
  enum class Better { lower, higher };

  /// Measures two sides in turn. The row's value is the median of what each round's ratio was: ours by theirs, or theirs by
  /// ours where more is better and the sides say what one costs. `id`: of the design's table, or another.
  void compare(const std::string &id, const std::string &group, unsigned threads, const Side &ours, const Side &theirs,
               unsigned rounds, Better better = Better::lower);
  /// Measures many sides in turn, as figures.
  void measure(const std::string &group, unsigned threads, const std::vector<Side> &sides, unsigned rounds);

  void figure(const std::string &group, const std::string &what, unsigned threads, const std::string &unit,
              const Rounds &values);
  /// A row that is one figure.
  void value(const std::string &id, const Rounds &values);
};

// The groups, a file each.
void entry_pairs(const Run &run, Rows &rows);
void session_pairs(const Run &run, Rows &rows);
void hand_off(const Run &run, Rows &rows);
void churn(const Run &run, Rows &rows);
void memory(const Run &run, Rows &rows);
void enumeration(const Run &run, Rows &rows);
void shutting(const Run &run, Rows &rows);
void zero(const Run &run, Rows &rows);
void slow_disk(const Run &run, Rows &rows);
void limits(const Run &run, Rows &rows);
void policies(const Run &run, Rows &rows);
void plugins(const Run &run, Rows &rows);
void refusals(const Run &run, Rows &rows);
void portable(const Run &run, Rows &rows);

/// For memory(), in a process of its own: says what bytes a live session costs there, and ends it.
[[noreturn]] void say_bytes_of(const std::string &side, std::uint64_t live);

}  // namespace tidegate::bench

#pragma once

#include <atomic>
#include <cstdint>

#include "core/cells.hpp"

namespace tidegate::sdk {

/// How many more sessions a service may have: an exact bound that the processors do not contend for.
///
/// A session holds one credit. Those that nobody holds are in one pool, but for a batch that each processor may keep, taken
/// at once. So there are never more sessions than credits, and nobody is refused while more than rows × kBatch are left.
/// A small bound, and a gate whose cells are closed, has all of them in the pool: there the bound is exact both ways.
///
/// Threads: take() and give() any, no lock; collect() under the host's control lock, when the cells are closed.
class Credits {
 public:
  static constexpr std::int64_t kBatch = 64;

  /// `bound`: 0: none. The cells have been given, and have to outlive it.
  Credits(std::uint64_t bound, const Cells &cells);

  bool bounded() const { return bound_ != 0; }

  /// Takes one, as long as more than `reserve` are left: those are for more important work. Returns: false when there is none.
  bool take(std::uint64_t reserve = 0) {
    if (reserve == 0 && batched_ && cells_.add_within<Lane::credit>(-1, 1, kBatch)) return true;
    return take_from_pool(static_cast<std::int64_t>(reserve));
  }
  void give() {
    if (batched_ && cells_.add_within<Lane::credit>(1, 0, kBatch - 1)) return;
    give_to_pool();
  }
  /// Takes back what processors have kept.
  void collect() { pool_.fetch_add(cells_.take_all(Lane::credit), std::memory_order_relaxed); }
  /// How many sessions hold one at most; a figure.
  std::uint64_t taken() const;

 private:
  bool take_from_pool(std::int64_t reserve);
  void give_to_pool();

  const std::uint64_t bound_;
  const Cells &cells_;
  const bool batched_;              // false where what processors keep could make a difference that is seen: they keep nothing
  std::atomic<std::int64_t> pool_;  // relaxed: a credit is a number, nothing is read by it
};

}  // namespace tidegate::sdk

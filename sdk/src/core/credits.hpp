#pragma once

#include <atomic>
#include <cstdint>

#include "core/cells.hpp"

namespace tidegate::sdk {

/// The limit of a service's sessions: exact, and without contention between processors.
///
/// A session owns one credit. Free credits are in one pool, apart from a batch that each processor may take at once and keep. So there are
/// never more sessions than credits, and no session is refused while more than rows × kBatch credits are free. With a small limit, or
/// with closed cells, all free credits are in the pool, and no session below the limit is refused.
///
/// Threads: take() and give() any, without locks; collect() under the host's control lock, with closed cells.
class Credits {
 public:
  static constexpr std::int64_t kBatch = 64;

  /// `bound`: 0: no limit. The cells have their memory already, and outlive this object.
  Credits(std::uint64_t bound, const Cells &cells);

  bool bounded() const { return bound_ != 0; }

  /// Takes one credit if more than `reserve` are free, which are kept for more important sessions. Returns: false otherwise.
  bool take(std::uint64_t reserve = 0) {
    if (reserve == 0 && batched_ && cells_.add_within<Lane::credit>(-1, 1, kBatch)) return true;
    return take_from_pool(static_cast<std::int64_t>(reserve));
  }
  void give() {
    if (batched_ && cells_.add_within<Lane::credit>(1, 0, kBatch - 1)) return;
    give_to_pool();
  }
  /// Moves the credits that processors keep into the pool.
  void collect() { pool_.fetch_add(cells_.take_all(Lane::credit), std::memory_order_relaxed); }
  /// Returns the largest number of sessions that can own a credit now; for statistics.
  std::uint64_t taken() const;

 private:
  bool take_from_pool(std::int64_t reserve);
  void give_to_pool();

  const std::uint64_t bound_;
  const Cells &cells_;
  const bool batched_;              // whether processors keep credits: not with a small limit, where these would be missed
  std::atomic<std::int64_t> pool_;  // relaxed: a credit is a number, and no other memory depends on it
};

}  // namespace tidegate::sdk

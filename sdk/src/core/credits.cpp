#include "core/credits.hpp"

#include <algorithm>

namespace tidegate::sdk {

Credits::Credits(std::uint64_t bound, const Cells &cells)
    : bound_(std::min<std::uint64_t>(bound, INT64_MAX)),
      cells_(cells),
      batched_(cells.rows() != 0 && bound_ / cells.rows() >= 16 * kBatch),
      pool_(static_cast<std::int64_t>(bound_)) {}

/// Takes a batch of credits. The fewer are free, the smaller the batch; near the limit it is one credit.
bool Credits::take_from_pool(std::int64_t reserve) {
  const bool batch = reserve == 0 && batched_;
  std::int64_t pool = pool_.load(std::memory_order_relaxed);
  std::int64_t taken;
  do {
    if (pool <= reserve) return false;
    taken = batch ? std::clamp<std::int64_t>(pool / (std::int64_t{4} * cells_.rows()), 1, kBatch / 2) : 1;
  } while (!pool_.compare_exchange_weak(pool, pool - taken, std::memory_order_relaxed));
  const std::int64_t kept = taken - 1;
  if (kept != 0 && !cells_.add_within<Lane::credit>(kept, 0, kBatch - kept))
    pool_.fetch_add(kept, std::memory_order_relaxed);
  return true;
}

/// Gives one credit back, together with half a batch if this processor keeps that many.
void Credits::give_to_pool() {
  constexpr std::int64_t kHalf = kBatch / 2;
  const bool half = batched_ && cells_.add_within<Lane::credit>(-kHalf, kHalf, kBatch);
  pool_.fetch_add(half ? kHalf + 1 : 1, std::memory_order_relaxed);
}

std::uint64_t Credits::taken() const {
  const std::int64_t left = pool_.load(std::memory_order_relaxed);
  return left < static_cast<std::int64_t>(bound_) ? bound_ - static_cast<std::uint64_t>(left) : 0;
}

}  // namespace tidegate::sdk

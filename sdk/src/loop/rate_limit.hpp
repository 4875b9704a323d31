#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <mutex>

#include "core/nanos.hpp"

namespace tidegate::sdk {

/// Lets a number of items a second pass, and a larger burst at once, and counts the items that it holds back. Time is a parameter.
/// Threads: any.
class RateLimit {
 public:
  RateLimit(std::uint32_t per_second, std::uint32_t burst) : gap_(kSecond / per_second), burst_(burst * gap_) {}

  bool take(Nanos now) {
    const std::lock_guard lock(mu_);
    // `next_` is the time at which the next item would be due if the items came evenly; it is ahead of `now` by a burst at most.
    next_ = std::max(next_, now);
    if (next_ - now >= burst_) {
      dropped_.fetch_add(1, std::memory_order_relaxed);
      return false;
    }
    next_ += gap_;
    return true;
  }
  /// Returns the number of items held back so far.
  std::uint64_t dropped() const { return dropped_.load(std::memory_order_relaxed); }

 private:
  const Nanos gap_, burst_;
  std::mutex mu_;
  Nanos next_ = 0;  // guarded by mu_
  std::atomic<std::uint64_t> dropped_{0};
};

}  // namespace tidegate::sdk

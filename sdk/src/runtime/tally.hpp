#pragma once

#include <algorithm>
#include <cstdint>

#include "core/nanos.hpp"

namespace tidegate::sdk {

/// Turns a counter that others raise into an event now and then, with how much it rose: a storm of refusals is one line.
/// Threads: under the control lock.
class Tally {
 public:
  /// At most one event in `period`; the first comes `delay` after something was counted.
  Tally(Nanos delay, Nanos period) : delay_(delay), period_(period) {}

  /// How much was counted and not yet said, when it is due to be said, else 0.
  std::uint64_t take(std::uint64_t total, Nanos now) {
    notice(total, now);
    return now >= due_ ? flush(total, now) : 0;
  }

  /// Sets the time at which the count is to be reported, without reporting it.
  void notice(std::uint64_t total, Nanos now) {
    if (total != said_ && due_ == kNever) due_ = std::max(later(now, delay_), next_allowed_);
  }

  /// The same, due or not.
  std::uint64_t flush(std::uint64_t total, Nanos now) {
    const std::uint64_t unsaid = total - said_;
    said_ = total;
    due_ = kNever;
    if (unsaid != 0) next_allowed_ = later(now, period_);
    return unsaid;
  }

  /// When take() has something to say; kNever: not before something more is counted.
  Nanos due() const { return due_; }
  bool pending() const { return due_ != kNever; }

 private:
  const Nanos delay_;
  const Nanos period_;
  std::uint64_t said_ = 0;
  Nanos due_ = kNever;
  Nanos next_allowed_ = 0;
};

}  // namespace tidegate::sdk

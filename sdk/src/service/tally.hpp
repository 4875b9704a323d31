#pragma once

#include <algorithm>
#include <cstdint>

#include "core/nanos.hpp"

namespace tidegate::sdk {

/// Reports the growth of a counter from time to time, so that a storm of refusals is one event.
/// Threads: under the control lock.
class Tally {
 public:
  /// `period`: the time between two reports at least; `delay`: the time from the first count to its report.
  Tally(Nanos delay, Nanos period) : delay_(delay), period_(period) {}

  /// Returns the unreported count if a report is due, else 0; the count is reported then.
  std::uint64_t take(std::uint64_t total, Nanos now) {
    notice(total, now);
    return now >= due_ ? flush(total, now) : 0;
  }

  /// Sets the time at which the count is to be reported, without reporting it.
  void notice(std::uint64_t total, Nanos now) {
    if (total != said_ && due_ == kNever) due_ = std::max(later(now, delay_), next_allowed_);
  }

  /// Returns the unreported count, due or not; the count is reported then.
  std::uint64_t flush(std::uint64_t total, Nanos now) {
    const std::uint64_t unsaid = total - said_;
    said_ = total;
    due_ = kNever;
    if (unsaid != 0) next_allowed_ = later(now, period_);
    return unsaid;
  }

  /// Returns the time at which a report is due; kNever: there is no unreported count.
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

#pragma once

#include <algorithm>
#include <cstdint>

#include "core/nanos.hpp"

namespace tidegate::sdk {

/// Detects that a counter has not moved for a while by sampling it, at no cost for the threads that move it. The detection is never early,
/// and late by at most an eighth of the time.
class Watch {
 public:
  void begin(std::uint64_t count, Nanos patience, Nanos now) {
    seen_ = count;
    since_ = now;
    patience_ = patience;
    next_ = later(now, pause());
  }
  void end() { *this = Watch(); }

  /// Samples the counter, if it is time to. Returns: true when the counter has not moved for `patience`.
  bool still(std::uint64_t count, Nanos now) {
    if (now < next_) return false;
    if (count != seen_) since_ = now;
    seen_ = count;
    const bool still = now - since_ >= patience_;
    next_ = still ? later(now, pause()) : std::min(later(now, pause()), later(since_, patience_));
    return still;
  }
  /// Samples the counter. Returns: true as still() does, but only once until the counter has moved.
  bool newly_still(std::uint64_t count, Nanos now) {
    if (count != seen_) said_ = false;
    const bool news = still(count, now) && !said_;
    said_ = said_ || news;
    return news;
  }
  /// Returns the time of the next sample.
  Nanos next() const { return next_; }

  bool operator==(const Watch &) const = default;

 private:
  Nanos pause() const { return patience_ == kNever ? kNever : std::max<Nanos>(patience_ / 8, 1); }

  std::uint64_t seen_ = 0;
  Nanos since_ = 0;
  Nanos patience_ = kNever;
  Nanos next_ = kNever;
  bool said_ = false;
};

}  // namespace tidegate::sdk

#pragma once

#include <cstdint>

#include "core/nanos.hpp"

namespace tidegate::sdk {

/// Decides when a policy that fails is taken out, and for how long: after so many faults within a minute, or at once when a
/// call hangs; each time it fails again soon after it was put back, for twice as long. Time is a parameter.
class Breaker {
 public:
  struct Rules {
    std::uint32_t faults = 5;       ///< so many are too many
    Nanos within = 60 * kSecond;
    Nanos out_for = 10 * kSecond;   ///< the first time
    std::uint32_t most_doublings = 5;
  };
  explicit Breaker(const Rules &rules) : rules_(rules) {}

  bool is_out() const { return out_; }
  /// When put_back() is due; kNever: not out.
  Nanos due() const { return out_ ? back_at_ : kNever; }

  /// `count` calls have failed. Returns: true when that takes it out. On probation one is enough.
  bool faulted(std::uint64_t count, Nanos now) {
    if (out_ || count == 0) return false;
    if (now - window_began_ > rules_.within) {
      window_began_ = now;
      faults_ = 0;
    }
    faults_ += count;
    return (faults_ >= rules_.faults || now < probation_until_) && take_out(now);
  }
  /// A call has not come back. Returns: true when that takes it out; as long as it is said again, it stays out.
  bool hangs(Nanos now) {
    if (!out_) return take_out(now);
    back_at_ = back_at_ > later(now, kSecond) ? back_at_ : later(now, kSecond);
    return false;
  }
  /// Returns: true when it is asked again from now on.
  bool put_back(Nanos now) {
    if (!out_ || now < back_at_) return false;
    out_ = false;
    faults_ = 0;
    window_began_ = now;
    probation_until_ = later(now, rules_.within);
    return true;
  }

 private:
  bool take_out(Nanos now) {
    doublings_ = now < probation_until_ ? doublings_ + (doublings_ < rules_.most_doublings ? 1 : 0) : 0;
    out_ = true;
    back_at_ = later(now, rules_.out_for << doublings_);
    return true;
  }

  Rules rules_;
  bool out_ = false;
  Nanos back_at_ = kNever;
  Nanos window_began_ = 0;
  Nanos probation_until_ = 0;
  std::uint64_t faults_ = 0;
  std::uint32_t doublings_ = 0;
};

}  // namespace tidegate::sdk

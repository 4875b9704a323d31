#pragma once

#include <cstdint>

#include "core/nanos.hpp"

namespace tidegate::sdk {

/// Decides when a failing policy is taken out, and for how long: after too many faults within a minute, or at once when a call hangs. A
/// policy that fails again within a minute after it was put back is out for twice as long. Time is a parameter.
class Breaker {
 public:
  struct Rules {
    std::uint32_t faults = 5;       ///< the number of faults that are too many
    Nanos within = 60 * kSecond;
    Nanos out_for = 10 * kSecond;   ///< how long the policy is out the first time
    std::uint32_t most_doublings = 5;
  };
  explicit Breaker(const Rules &rules) : rules_(rules) {}

  bool is_out() const { return out_; }
  /// Returns the time at which put_back() is due; kNever: the policy is not out.
  Nanos due() const { return out_ ? back_at_ : kNever; }

  /// Notes that `count` calls have failed; within a minute after put_back() one is too many. Returns: true when this takes the policy out.
  bool faulted(std::uint64_t count, Nanos now) {
    if (out_ || count == 0) return false;
    if (now - window_began_ > rules_.within) {
      window_began_ = now;
      faults_ = 0;
    }
    faults_ += count;
    return (faults_ >= rules_.faults || now < probation_until_) && take_out(now);
  }
  /// Notes that a call hangs; while it hangs, each look must call this again, and the policy stays out. Returns: true when this takes the
  /// policy out.
  bool hangs(Nanos now) {
    if (!out_) return take_out(now);
    back_at_ = back_at_ > later(now, kSecond) ? back_at_ : later(now, kSecond);
    return false;
  }
  /// Puts the policy back when its time is over. Returns: true when the policy is asked again from now on.
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

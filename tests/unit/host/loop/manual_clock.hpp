#pragma once

#include <atomic>

#include "loop/clock.hpp"

namespace tidegate::sdk {

/// A clock that stands still until a test moves it.
class ManualClock final : public Clock {
 public:
  Nanos monotonic() const override { return now_.load(); }
  std::int64_t unix_ns() const override { return static_cast<std::int64_t>(now_.load()) + ahead_.load(); }
  void advance(Nanos by) { now_.fetch_add(by); }
  /// Sets the wall clock, as an administrator does: the monotonic one does not notice.
  void set_wall_clock(std::int64_t forward) { ahead_.fetch_add(forward); }

 private:
  std::atomic<Nanos> now_{1000 * kSecond};
  std::atomic<std::int64_t> ahead_{0};
};

/// A clock by which some time passes whenever somebody looks at it.
class RestlessClock final : public Clock {
 public:
  explicit RestlessClock(Nanos step) : step_(step) {}
  Nanos monotonic() const override { return now_.fetch_add(step_) + step_; }
  std::int64_t unix_ns() const override { return static_cast<std::int64_t>(monotonic()); }
  Nanos last() const { return now_.load(); }

 private:
  const Nanos step_;
  mutable std::atomic<Nanos> now_{1000 * kSecond};
};

}  // namespace tidegate::sdk

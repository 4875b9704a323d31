#pragma once

#include <cstdint>
#include <ctime>

#include "core/nanos.hpp"

namespace tidegate::sdk {

/// Where the runtime gets the time from; tests put one of their own in its place.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual Nanos monotonic() const = 0;
  /// The same clock, as it was at its last tick: a few milliseconds ago at most, for a quarter of the price.
  Nanos last_tick() const { return coarse_ ? read(CLOCK_MONOTONIC_COARSE) : monotonic(); }
  virtual std::int64_t unix_ns() const = 0;

  /// The machine's clocks.
  static const Clock &real();

 protected:
  /// `coarse`: it is the machine's, which has a coarse one.
  explicit Clock(bool coarse = false) : coarse_(coarse) {}
  static Nanos read(clockid_t id) {
    timespec now{};
    clock_gettime(id, &now);
    return static_cast<Nanos>(now.tv_sec) * kSecond + static_cast<Nanos>(now.tv_nsec);
  }

 private:
  const bool coarse_;
};

}  // namespace tidegate::sdk

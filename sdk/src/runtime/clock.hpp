#pragma once

#include <cstdint>

#include "core/nanos.hpp"

namespace tidegate::sdk {

/// Where the runtime gets the time from; tests put one of their own in its place.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual Nanos monotonic() const = 0;
  /// The same clock, as it was at its last tick: a few milliseconds ago at most, for a quarter of the price.
  virtual Nanos last_tick() const { return monotonic(); }
  virtual std::int64_t unix_ns() const = 0;

  /// The machine's clocks.
  static const Clock &real();
};

}  // namespace tidegate::sdk

#pragma once

#include <cstdint>
#include <ctime>

#include "core/nanos.hpp"

namespace tidegate::sdk {

/// The clocks of the runtime; tests replace them.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual Nanos monotonic() const = 0;
  /// Returns the monotonic time of the last tick, a few milliseconds ago at most, for a quarter of the cost.
  Nanos last_tick() const { return coarse_ ? read(CLOCK_MONOTONIC_COARSE) : monotonic(); }
  virtual std::int64_t unix_ns() const = 0;

  /// Returns the clocks of the machine.
  static const Clock &real();

 protected:
  /// `coarse`: last_tick() reads the machine's coarse clock; for the machine's clocks only.
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

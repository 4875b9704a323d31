#include "loop/clock.hpp"

namespace tidegate::sdk {
namespace {

class RealClock final : public Clock {
 public:
  RealClock() : Clock(true) {}
  Nanos monotonic() const override { return read(CLOCK_MONOTONIC); }
  std::int64_t unix_ns() const override { return static_cast<std::int64_t>(read(CLOCK_REALTIME)); }
};

}  // namespace

const Clock &Clock::real() {
  // Never destroyed: a host that outlives main() still asks for the time on its threads.
  static const auto *const clock = new RealClock;
  return *clock;
}

}  // namespace tidegate::sdk

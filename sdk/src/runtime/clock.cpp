#include "runtime/clock.hpp"

#include <ctime>

namespace tidegate::sdk {
namespace {

std::int64_t read(clockid_t id) {
  timespec now{};
  clock_gettime(id, &now);
  return std::int64_t{now.tv_sec} * static_cast<std::int64_t>(kSecond) + now.tv_nsec;
}

class RealClock final : public Clock {
 public:
  Nanos monotonic() const override { return static_cast<Nanos>(read(CLOCK_MONOTONIC)); }
  Nanos last_tick() const override { return static_cast<Nanos>(read(CLOCK_MONOTONIC_COARSE)); }
  std::int64_t unix_ns() const override { return read(CLOCK_REALTIME); }
};

}  // namespace

const Clock &Clock::real() {
  // Never destroyed: a host that outlives main() still asks for the time on its threads.
  static const auto *const clock = new RealClock;
  return *clock;
}

}  // namespace tidegate::sdk

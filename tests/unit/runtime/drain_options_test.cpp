// What a drain says, with all defaults filled in.

#include "runtime/drain_options.hpp"

#include <gtest/gtest.h>

#include "tidegate/hold.h"

namespace tidegate::sdk {
namespace {

/// A clock by which a second passes each time somebody looks at it.
class RestlessClock final : public Clock {
 public:
  Nanos monotonic() const override { return now_ += kSecond; }
  std::int64_t unix_ns() const override { return static_cast<std::int64_t>(now_ += kSecond); }
  Nanos now() const { return now_; }

 private:
  mutable Nanos now_ = 1000 * kSecond;
};

TEST(DrainOptions, HoldUntilATime_ThatPassesMeanwhile_IsOverAtOnce) {
  const RestlessClock clock;
  DrainOptions ask;
  ask.hold = TG_HOLD_UNTIL_TIME;
  ask.hold_until_unix = static_cast<std::int64_t>(clock.now() + kSecond) + 1;  // ahead at the first look only
  const machine::Drain drain = resolve(ask, {}, false, {}, clock);
  EXPECT_LE(drain.hold.expires, clock.now() + 1);
}

}  // namespace
}  // namespace tidegate::sdk

// What a drain says, with all defaults filled in.

#include "service/drain_options.hpp"

#include <gtest/gtest.h>

#include "../loop/manual_clock.hpp"
#include "tidegate/vocabulary/hold.h"

namespace tidegate::sdk {
namespace {

TEST(DrainOptions, HoldUntilATime_ThatPassesMeanwhile_IsOverAtOnce) {
  const RestlessClock clock(kSecond);
  DrainOptions ask;
  ask.hold = TG_HOLD_UNTIL_TIME;
  ask.hold_until_unix = static_cast<std::int64_t>(clock.last() + kSecond) + 1;  // ahead at the first look only
  const machine::Drain drain = resolve(ask, {}, false, {}, clock);
  EXPECT_LE(drain.hold.expires, clock.last() + 1);
}

}  // namespace
}  // namespace tidegate::sdk

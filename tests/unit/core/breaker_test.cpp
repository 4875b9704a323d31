#include "core/breaker.hpp"

#include <gtest/gtest.h>

namespace tidegate::sdk {
namespace {

constexpr Nanos kStart = 1000 * kSecond;

TEST(Breaker, SoManyFaultsWithinAMinute_TakeItOut) {
  Breaker breaker{{}};
  for (int i = 0; i < 4; ++i) EXPECT_FALSE(breaker.faulted(1, kStart + static_cast<Nanos>(i) * kSecond));
  EXPECT_FALSE(breaker.is_out());
  EXPECT_TRUE(breaker.faulted(1, kStart + 5 * kSecond));
  EXPECT_TRUE(breaker.is_out());
  EXPECT_EQ(breaker.due(), kStart + 15 * kSecond);
}

TEST(Breaker, FaultsThatAreFarApart_DoNot) {
  Breaker breaker{{}};
  for (Nanos minute = 0; minute < 100; ++minute) EXPECT_FALSE(breaker.faulted(4, kStart + minute * 61 * kSecond)) << minute;
}

TEST(Breaker, Out_NothingCountsUntilItIsBack) {
  Breaker breaker{{}};
  EXPECT_TRUE(breaker.faulted(100, kStart));
  EXPECT_FALSE(breaker.faulted(100, kStart + kSecond)) << "once is enough";
  EXPECT_FALSE(breaker.put_back(kStart + 10 * kSecond - 1));
  EXPECT_TRUE(breaker.put_back(kStart + 10 * kSecond));
  EXPECT_FALSE(breaker.put_back(kStart + 10 * kSecond));
  EXPECT_EQ(breaker.due(), kNever);
}

TEST(Breaker, BackAndFailingAgain_IsOutForTwiceAsLong_UpTo32Times) {
  Breaker breaker{{}};
  Nanos now = kStart;
  ASSERT_TRUE(breaker.faulted(5, now));
  for (const Nanos times : {1, 2, 4, 8, 16, 32, 32}) {
    EXPECT_EQ(breaker.due() - now, times * 10 * kSecond);
    now = breaker.due();
    ASSERT_TRUE(breaker.put_back(now));
    now += 59 * kSecond;
    ASSERT_TRUE(breaker.faulted(1, now)) << "on probation one fault is too many";
  }
}

TEST(Breaker, BackAndWellForAMinute_IsAsGoodAsNew) {
  Breaker breaker{{}};
  breaker.faulted(5, kStart);
  breaker.put_back(kStart + 10 * kSecond);
  EXPECT_FALSE(breaker.faulted(4, kStart + 71 * kSecond));
  EXPECT_TRUE(breaker.faulted(1, kStart + 72 * kSecond));
  EXPECT_EQ(breaker.due(), kStart + 82 * kSecond) << "for as long as the first time";
}

TEST(Breaker, Hang_TakesItOutAtOnce_AndForAsLongAsItLasts) {
  Breaker breaker{{.out_for = 2 * kSecond}};
  EXPECT_TRUE(breaker.hangs(kStart));
  for (Nanos s = 1; s < 100; ++s) {
    EXPECT_FALSE(breaker.hangs(kStart + s * kSecond));
    EXPECT_FALSE(breaker.put_back(kStart + s * kSecond));
  }
  EXPECT_TRUE(breaker.put_back(kStart + 101 * kSecond));
}

}  // namespace
}  // namespace tidegate::sdk

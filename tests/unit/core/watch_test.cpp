#include "core/watch.hpp"

namespace tidegate::sdk {
namespace {

TEST(Watch, Still_NotBeforeItsPatience) {
  Watch watch;
  watch.begin(5, 8, 100);
  EXPECT_FALSE(watch.still(5, 107));
  EXPECT_TRUE(watch.still(5, 108));
}

TEST(Watch, Moved_BeginsAnew) {
  Watch watch;
  watch.begin(5, 8, 100);
  EXPECT_FALSE(watch.still(6, 104));
  EXPECT_FALSE(watch.still(6, 111));
  EXPECT_TRUE(watch.still(6, 112));
}

TEST(Watch, NewlyStill_OnceUntilItMoves) {
  Watch watch;
  watch.begin(0, 8, 0);
  int said = 0;
  for (Nanos now = 0; now < 100; ++now) said += watch.newly_still(now < 50 ? 0 : 1, now);
  EXPECT_EQ(said, 2);
}

TEST(Watch, Off_IsNeverDue) {
  Watch watch;
  EXPECT_EQ(watch.next(), kNever);
  watch.begin(0, kNever, 7);
  EXPECT_EQ(watch.next(), kNever);
  EXPECT_FALSE(watch.still(0, kNever - 1));
  watch.begin(0, 8, 7);
  watch.end();
  EXPECT_EQ(watch.next(), kNever);
}

}  // namespace
}  // namespace tidegate::sdk

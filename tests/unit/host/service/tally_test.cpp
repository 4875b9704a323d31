#include "service/tally.hpp"

namespace tidegate::sdk {
namespace {

TEST(Tally, First_IsSaidAfterTheDelay) {
  Tally tally(10, 100);
  EXPECT_EQ(tally.take(0, 1000), 0u);
  EXPECT_FALSE(tally.pending());
  EXPECT_EQ(tally.take(3, 1000), 0u);
  EXPECT_EQ(tally.due(), 1010u);
  EXPECT_EQ(tally.take(5, 1010), 5u);
  EXPECT_FALSE(tally.pending());
}

TEST(Tally, Second_WaitsForThePeriod) {
  Tally tally(0, 100);
  EXPECT_EQ(tally.take(1, 1000), 1u);
  EXPECT_EQ(tally.take(2, 1001), 0u);
  EXPECT_EQ(tally.due(), 1100u);
  EXPECT_EQ(tally.take(9, 1100), 8u);
}

TEST(Tally, Flush_SaysWhatIsLeftAndNothingTwice) {
  Tally tally(10, 100);
  EXPECT_EQ(tally.flush(4, 1000), 4u);
  EXPECT_EQ(tally.flush(4, 1001), 0u);
  EXPECT_EQ(tally.take(4, 5000), 0u);
}

}  // namespace
}  // namespace tidegate::sdk

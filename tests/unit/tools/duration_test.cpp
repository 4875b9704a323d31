#include "duration.hpp"

namespace {

TEST(Duration, Parse_TakesTheUsualForms) {
  EXPECT_EQ(parse_duration("30"), 30'000'000'000u);
  EXPECT_EQ(parse_duration("30s"), 30'000'000'000u);
  EXPECT_EQ(parse_duration("1.5m"), 90'000'000'000u);
  EXPECT_EQ(parse_duration("250ms"), 250'000'000u);
  EXPECT_EQ(parse_duration("2h"), 7'200'000'000'000u);
  EXPECT_EQ(parse_duration("0"), 0u);
}

TEST(Duration, Parse_RefusesTheRest) {
  for (const char *bad : {"", "s", "-1", "-0", "1x", "1 s", " 1", "1e9", "nan", "inf", "1s1s", "999999999d", "0x10"})
    EXPECT_FALSE(parse_duration(bad)) << bad;
}

TEST(Duration, Show_IsForPeople) {
  EXPECT_EQ(show_duration(400'000'000), "0.4 s");
  EXPECT_EQ(show_duration(12'700'000'000), "12 s");
  EXPECT_EQ(show_duration(185'000'000'000), "3 min 5 s");
  EXPECT_EQ(show_duration(7'800'000'000'000), "2 h 10 min");
}

TEST(Duration, ShowBrief_IsForCalls) {
  EXPECT_EQ(show_brief(0), "0 ns");
  EXPECT_EQ(show_brief(850), "850 ns");
  EXPECT_EQ(show_brief(12'400), "12.4 us");
  EXPECT_EQ(show_brief(3'100'000), "3.1 ms");
  EXPECT_EQ(show_brief(1'500'000'000), "1.5 s");
}

}  // namespace

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

TEST(Duration, C9_Parse_TakesSeveralUnits_FromTheLargestOn) {
  constexpr std::uint64_t kMinute = 60'000'000'000, kHour = 60 * kMinute, kDay = 24 * kHour;
  EXPECT_EQ(parse_duration("1h30m"), 90 * kMinute);
  EXPECT_EQ(parse_duration("1w"), 7 * kDay);
  EXPECT_EQ(parse_duration("1w2d3h4m5s6ms"), 9 * kDay + 3 * kHour + 4 * kMinute + 5'006'000'000);
  EXPECT_EQ(parse_duration("2h0.5m"), 2 * kHour + kMinute / 2);
  EXPECT_EQ(parse_duration("1h90m"), 150 * kMinute);
  for (const char *bad : {"30m1h", "1h1h", "1h30", "1h-30m", "1h 30m", "h30m", "1hm", "1m1min", "99w9999w", "5201w400d"})
    EXPECT_FALSE(parse_duration(bad)) << bad;
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
  // One form for each length, whatever was rounded on the way.
  EXPECT_EQ(show_duration(0), "0 s");
  EXPECT_EQ(show_duration(5'000'000'000), "5 s");
  EXPECT_EQ(show_duration(9'990'000'000), "9.9 s");
  EXPECT_EQ(show_duration(10'040'000'000), "10 s");
  EXPECT_EQ(show_duration(300'000'000'000), "5 min");
  EXPECT_EQ(show_duration(7'200'000'000'000), "2 h");
  EXPECT_EQ(show_duration(90'000'000'000'000), "1 d 1 h");
}

TEST(Duration, ShowBrief_IsForCalls) {
  EXPECT_EQ(show_brief(0), "0 ns");
  EXPECT_EQ(show_brief(850), "850 ns");
  EXPECT_EQ(show_brief(12'400), "12.4 us");
  EXPECT_EQ(show_brief(3'100'000), "3.1 ms");
  EXPECT_EQ(show_brief(1'500'000'000), "1.5 s");
}

}  // namespace

// What a mistyped word was meant to be (FINDINGS C9).
#include "nearest.hpp"

#include <gtest/gtest.h>

namespace {

const std::vector<std::string> kWords{"hosts", "services", "start",  "stop",    "drain",
                                      "pause", "restart",  "resume", "sessions"};

TEST(NearestTest, C9_SlipsOfTheHand_AreUnderstood) {
  const std::pair<const char *, const char *> slips[] = {
      {"serivces", "services"}, {"service", "services"}, {"stpo", "stop"},     {"strat", "start"},      {"drian", "drain"},
      {"drian", "drain"},       {"puase", "pause"},      {"resmue", "resume"}, {"sesions", "sessions"}, {"host", "hosts"},
      {"restar", "restart"},    {"sess", "sessions"},    {"Stop", "stop"},
  };
  for (const auto &[typed, meant] : slips) EXPECT_EQ(nearest(typed, kWords), meant) << typed;
}

TEST(NearestTest, C9_OtherWords_AreNotGuessed) {
  for (const char *typed : {"", "x", "halt", "frobnicate", "reboot", "kill"})
    EXPECT_EQ(nearest(typed, kWords), "") << typed;
  EXPECT_EQ(nearest(std::string(100'000, 'x'), kWords), "");
}

}  // namespace

#include "core/holds.hpp"

#include <string>
#include <vector>

namespace tidegate::sdk {
namespace {

Hold hold(std::string_view actor, Nanos expires = kNever, std::uint32_t lasts = TG_HOLD_UNTIL_RESUME) {
  Hold out;
  out.action.actor.assign(actor);
  out.action.reason.assign("because");
  out.lasts = lasts;
  out.expires = expires;
  return out;
}

std::vector<std::string> actors(const Holds &holds) {
  std::vector<std::string> out;
  for (const Hold &hold : holds) out.emplace_back(hold.action.actor.view());
  return out;
}

using Actors = std::vector<std::string>;

TEST(Holds, Placed_AreKeptOldestFirst) {
  Holds holds;
  EXPECT_TRUE(holds.empty());
  EXPECT_TRUE(holds.place(hold("zoe")));
  EXPECT_TRUE(holds.place(hold("adam")));
  EXPECT_EQ(actors(holds), (Actors{"zoe", "adam"}));
  EXPECT_EQ(holds.size(), 2u);
  ASSERT_NE(holds.find("adam"), nullptr);
  EXPECT_EQ(holds.find("adam")->action.reason.view(), "because");
  EXPECT_EQ(holds.find("ada"), nullptr);
}

TEST(Holds, PlacedAgain_ChangesAllButItsPlaceAndSince) {
  Holds holds;
  Hold first = hold("zoe");
  first.since_unix = 100;
  holds.place(first);
  holds.place(hold("adam"));
  Hold again = hold("zoe", 50, TG_HOLD_UNTIL_TIME);
  again.action.reason.assign("a better one");
  again.since_unix = 200;
  again.expires_unix = 300;
  EXPECT_TRUE(holds.place(again));
  EXPECT_EQ(actors(holds), (Actors{"zoe", "adam"}));
  const Hold &kept = *holds.find("zoe");
  EXPECT_EQ(kept.since_unix, 100);
  EXPECT_EQ(kept.expires_unix, 300);
  EXPECT_EQ(kept.expires, 50u);
  EXPECT_EQ(kept.lasts, TG_HOLD_UNTIL_TIME);
  EXPECT_EQ(kept.action.reason.view(), "a better one");
}

TEST(Holds, Lifted_LeavesTheOthersInTheirOrder) {
  Holds holds;
  for (const char *actor : {"a", "b", "c"}) holds.place(hold(actor));
  EXPECT_TRUE(holds.lift("b"));
  EXPECT_EQ(actors(holds), (Actors{"a", "c"}));
  EXPECT_FALSE(holds.lift("b"));
  EXPECT_FALSE(holds.lift("nobody"));
  EXPECT_EQ(holds.size(), 2u);
  holds.clear();
  EXPECT_TRUE(holds.empty());
  EXPECT_FALSE(holds.lift("a"));
}

TEST(Holds, Full_TakesNoNewActorButRefreshesAKnownOne) {
  Holds holds;
  for (std::size_t i = 0; i < Holds::kMax; ++i) {
    EXPECT_FALSE(holds.full());
    EXPECT_TRUE(holds.place(hold("actor " + std::to_string(i))));
  }
  EXPECT_TRUE(holds.full());
  EXPECT_FALSE(holds.place(hold("one more")));
  EXPECT_EQ(holds.find("one more"), nullptr);
  EXPECT_TRUE(holds.place(hold("actor 7", 9)));
  EXPECT_EQ(holds.find("actor 7")->expires, 9u);
  EXPECT_EQ(holds.size(), Holds::kMax);
  EXPECT_TRUE(holds.lift("actor 0"));
  EXPECT_TRUE(holds.place(hold("one more")));
  EXPECT_EQ(actors(holds).back(), "one more");
}

TEST(Holds, Expired_AreTakenAwayOneByOneAtTheirMomentAndNotBefore) {
  Holds holds;
  EXPECT_EQ(holds.next_expiry(), kNever);
  holds.place(hold("late", 30));
  holds.place(hold("never"));
  holds.place(hold("early", 10));
  holds.place(hold("as early", 10));
  EXPECT_EQ(holds.next_expiry(), 10u);
  Hold expired = hold("untouched");
  EXPECT_FALSE(holds.expire(9, expired));
  EXPECT_EQ(expired, hold("untouched"));
  EXPECT_EQ(holds.size(), 4u);

  EXPECT_TRUE(holds.expire(10, expired));
  EXPECT_EQ(expired, hold("early", 10));
  EXPECT_TRUE(holds.expire(10, expired));
  EXPECT_EQ(expired, hold("as early", 10));
  EXPECT_FALSE(holds.expire(10, expired));
  EXPECT_EQ(actors(holds), (Actors{"late", "never"}));
  EXPECT_EQ(holds.next_expiry(), 30u);
  EXPECT_TRUE(holds.expire(kNever - 1, expired));
  EXPECT_FALSE(holds.expire(kNever - 1, expired));
  EXPECT_EQ(actors(holds), (Actors{"never"}));
  EXPECT_EQ(holds.next_expiry(), kNever);
}

TEST(Holds, Restart_TakesAwayOnlyThoseUntilRestart) {
  Holds holds;
  holds.place(hold("resume", kNever, TG_HOLD_UNTIL_RESUME));
  holds.place(hold("restart", kNever, TG_HOLD_UNTIL_RESTART));
  holds.place(hold("time", 10, TG_HOLD_UNTIL_TIME));
  holds.place(hold("restart too", kNever, TG_HOLD_UNTIL_RESTART));
  holds.restart();
  EXPECT_EQ(actors(holds), (Actors{"resume", "time"}));
  holds.restart();
  EXPECT_EQ(holds.size(), 2u);
}

TEST(Holds, Covers_WhatLastsNoLonger) {
  Hold resume = hold("a"), restart = hold("a", kNever, TG_HOLD_UNTIL_RESTART), early = hold("a", 10, TG_HOLD_UNTIL_TIME);
  early.expires_unix = 10;
  Hold late = early;
  late.expires_unix = 11;
  const std::vector<Hold> longest_first{resume, late, early, restart};
  for (std::size_t i = 0; i < longest_first.size(); ++i)
    for (std::size_t j = 0; j < longest_first.size(); ++j)
      EXPECT_EQ(longest_first[i].covers(longest_first[j]), i <= j) << i << j;
}

TEST(Holds, Equal_AreThoseOfTheSameActorsInTheSameOrder) {
  Holds one, other;
  EXPECT_EQ(one, other);
  one.place(hold("a"));
  EXPECT_FALSE(one == other);
  one.place(hold("b"));
  other.place(hold("b"));
  other.place(hold("a"));
  EXPECT_FALSE(one == other);
  one.lift("a");
  other.lift("a");
  EXPECT_EQ(one, other) << "what has been taken away leaves no trace";
  other.place(hold("b", 5));
  EXPECT_FALSE(one == other);
}

}  // namespace
}  // namespace tidegate::sdk

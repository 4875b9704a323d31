// Under what name a change is asked for (FINDINGS L7): two people who became root are two actors.
#include "actor.hpp"

#include <gtest/gtest.h>

#include <set>

namespace {

TEST(ActorTest, L7_NamesThePerson_NotOnlyTheRights) {
  struct {
    Person person;
    const char *actor;
  } const cases[] = {
      {{.user = "alice"}, "alice (tidegate)"},
      {{.user = "alice", .terminal = "pts/3"}, "alice (tidegate)"},
      {{.login = "alice", .user = "alice"}, "alice (tidegate)"},
      {{.sudo = "alice", .user = "root", .shared = true, .terminal = "pts/3"}, "alice as root (tidegate)"},
      {{.sudo = "alice", .login = "carol", .user = "kam"}, "alice as kam (tidegate)"},
      {{.pkexec = "bob", .user = "root", .shared = true}, "bob as root (tidegate)"},
      {{.login = "carol", .user = "root", .shared = true}, "carol as root (tidegate)"},
      {{.login = "carol", .user = "kam"}, "carol as kam (tidegate)"},
      {{.login = "root", .user = "root", .shared = true, .terminal = "pts/3"}, "root on pts/3 (tidegate)"},
      {{.sudo = "root", .user = "root", .shared = true, .terminal = "tty1"}, "root on tty1 (tidegate)"},
      {{.sudo = "root", .login = "dave", .user = "root", .shared = true}, "dave as root (tidegate)"},
      {{.user = "root", .shared = true}, "root (tidegate)"},
  };
  for (const auto &each : cases) EXPECT_EQ(default_actor(each.person), each.actor);
}

TEST(ActorTest, L7_LongNames_AreNotCut) {
  std::set<std::string> seen;
  for (const std::size_t length : {32u, 48u, 49u, 60u, 63u})
    for (const char last : {'a', 'b'}) {
      const std::string name = std::string(length - 1, 'n') + last;
      const std::string actor = default_actor({.sudo = name, .user = "root", .shared = true});
      EXPECT_LE(actor.size(), 63u);
      EXPECT_TRUE(actor.starts_with(name)) << actor;
      EXPECT_TRUE(seen.insert(actor).second) << actor;
    }
}

}  // namespace

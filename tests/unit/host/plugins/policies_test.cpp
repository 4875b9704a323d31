// Policies that come, go and take each other's place while sessions come and go.
#include <array>
#include <atomic>
#include <cstdlib>
#include <random>
#include <thread>
#include <vector>

#include "core/policy_scope.hpp"
#include "policies_fixture.hpp"
#include "os/fault.hpp"

namespace tidegate::sdk {
namespace {

TEST_F(PoliciesTest, Replaced_TheNewOneKnowsWhoIsThere_TheOldOneIsToldThatTheyAreGone) {
  PeerLimit one(2), two(2);
  const Policies::Slot slot = policies_.add(entry(one));
  const tg_ticket a = admit(1, 10), b = admit(1, 11), c = admit(2, 12);
  ASSERT_TRUE(a != 0 && b != 0 && c != 0);
  EXPECT_EQ(admit(1), 0u);
  EXPECT_EQ(policies_.sessions(slot), 3u);
  const Policies::Slot heir = replace(slot, one, two);
  EXPECT_EQ(two.adopted, 3u);
  EXPECT_EQ(one.released, 3u);
  EXPECT_EQ(policies_.sessions(heir), 3u);
  EXPECT_EQ(admit(1), 0u) << "two are there";
  release(a);
  EXPECT_NE(admit(1), 0u);
  release(b);
  release(c);
  EXPECT_EQ(two.released, 3u);
  EXPECT_EQ(two.wrong_cookies + one.wrong_cookies, 0u);
}

TEST_F(PoliciesTest, WhatComesWhileItIsReplaced_IsKnownToBoth) {
  PeerLimit one(100), two(100);
  const Policies::Slot old = policies_.add(entry(one));
  const Policies::Slot heir = policies_.add(entry(two), old);
  const tg_ticket between = admit(7, 70);
  EXPECT_EQ(one.yes, 1u);
  EXPECT_EQ(two.adopted, 1u);
  EXPECT_EQ(two.yes, 0u) << "it is not asked before it has started";
  ASSERT_TRUE(policies_.settle(kLimit));
  EXPECT_EQ(policies_.hand_over(old, heir, name_of_), 0u) << "it has been told already";
  release(between);
  EXPECT_EQ(one.released, 1u);
  EXPECT_EQ(two.released, 1u);
  policies_.change(heir, Part::asked);
  const tg_ticket both = admit(7);
  EXPECT_EQ(two.yes, 1u);
  EXPECT_EQ(one.yes, 2u);
  release(both);
}

TEST_F(PoliciesTest, Withdrawn_TheOldOneIsAskedAsBefore_AndTheNextHandOverIsWhole) {
  PeerLimit one(3), never(3), two(3);
  const Policies::Slot old = policies_.add(entry(one));
  const tg_ticket a = admit(1, 1);
  const Policies::Slot heir = policies_.add(entry(never), old);
  const tg_ticket b = admit(1, 2);
  policies_.change(heir, Part::told);
  ASSERT_TRUE(policies_.settle(kLimit));
  EXPECT_EQ(policies_.let_go(heir, name_of_), 1u);
  policies_.remove(heir);
  ASSERT_TRUE(policies_.settle(kLimit));
  EXPECT_EQ(never.owed(), 0u);
  const tg_ticket c = admit(1, 3);
  policies_.even_out();
  const Policies::Slot slot = replace(old, one, two);
  EXPECT_EQ(two.adopted, 3u);
  EXPECT_EQ(admit(1), 0u);
  EXPECT_EQ(policies_.sessions(slot), 3u);
  for (const tg_ticket ticket : {a, b, c}) release(ticket);
  EXPECT_EQ(two.owed(), 0u);
}

TEST_F(PoliciesTest, HeirOfOneThatHasAHeir_IsInTheListWhateverBecameOfTheFirst) {
  PeerLimit one(5), two(5), three(5);
  const Policies::Slot first = policies_.add(entry(one));
  const Policies::Slot second = policies_.add(entry(two), first);
  ASSERT_TRUE(policies_.settle(kLimit));
  policies_.hand_over(first, second, name_of_);
  policies_.change(second, Part::asked);
  policies_.change(first, Part::told);  // and there it stays, as if a call of it had not come back
  ASSERT_TRUE(policies_.settle(kLimit));
  const tg_ticket a = admit(1);
  const Policies::Slot third = policies_.add(entry(three), second);
  const tg_ticket b = admit(1);
  EXPECT_EQ(three.adopted, 1u);
  ASSERT_TRUE(policies_.settle(kLimit));
  EXPECT_EQ(policies_.hand_over(second, third, name_of_), 1u);
  policies_.change(third, Part::asked);
  policies_.change(second, Part::told);
  EXPECT_EQ(policies_.doors().asked(), 1u);
  const tg_ticket c = admit(1);
  EXPECT_EQ(three.yes, 1u);
  for (const tg_ticket ticket : {a, b, c}) release(ticket);
  EXPECT_EQ(three.owed(), 0u);
  EXPECT_EQ(two.owed(), 0u);
}

TEST_F(PoliciesTest, HeirBesideOneThatWasWithdrawnAndStayed_IsToldAllTheSame) {
  PeerLimit one(5), never(5), two(5);
  const Policies::Slot old = policies_.add(entry(one));
  const Policies::Slot stays = policies_.add(entry(never), old);
  policies_.change(stays, Part::told);
  ASSERT_TRUE(policies_.settle(kLimit));
  policies_.even_out();
  const Policies::Slot heir = policies_.add(entry(two), old);
  const tg_ticket between = admit(1);
  EXPECT_EQ(two.adopted, 1u);
  ASSERT_TRUE(policies_.settle(kLimit));
  EXPECT_EQ(policies_.hand_over(old, heir, name_of_), 0u);
  release(between);
  EXPECT_EQ(two.owed(), 0u);
}

TEST_F(PoliciesTest, TakenOut_IsNotAsked_ButTold) {
  PeerLimit one(1);
  const Policies::Slot slot = policies_.add(entry(one));
  const tg_ticket a = admit(1);
  policies_.take_out(slot, true);
  EXPECT_EQ(policies_.doors().asked(), 0u);
  EXPECT_EQ(policies_.doors().out(), 1u);
  const tg_ticket b = admit(1);
  EXPECT_NE(b, 0u);
  release(a);
  EXPECT_EQ(one.released, 1u);
  policies_.take_out(slot, false);
  const tg_ticket c = admit(1);
  EXPECT_NE(c, 0u);
  EXPECT_EQ(admit(1), 0u);
  release(b);
  release(c);
}

TEST_F(PoliciesTest, Order_IsByPriority_ThenId) {
  std::vector<std::string> asked;
  struct Named {
    std::string name;
    std::vector<std::string> *asked;
  };
  const auto ask = [](void *self, const tg_admission_query *, tg_admission_answer *) {
    static_cast<Named *>(self)->asked->push_back(static_cast<Named *>(self)->name);
  };
  Named names[] = {{"c", &asked}, {"b", &asked}, {"a", &asked}, {"d", &asked}};
  tg_admission_policy roles[4] = {};
  for (int i = 0; i < 4; ++i) {
    roles[i].struct_size = sizeof roles[i];
    roles[i].priority = i == 3 ? 0 : 5;
    roles[i].ask = ask;
    policies_.add({names[i].name, &roles[i], &names[i], nullptr});
  }
  release(admit(1));
  EXPECT_EQ(asked, (std::vector<std::string>{"d", "a", "b", "c"}));
}

TEST_F(PoliciesTest, MoreThanThereAreBitsFor_AreRefused) {
  std::vector<std::unique_ptr<PeerLimit>> all;
  for (int i = 0; i < 28; ++i) {
    all.push_back(std::make_unique<PeerLimit>(10));
    policies_.add(entry(*all.back(), std::to_string(i)));
  }
  PeerLimit one_more(10);
  EXPECT_THROW(policies_.add(entry(one_more)), Fault);
  policies_.remove(3);
  EXPECT_THROW(policies_.add(entry(one_more)), Fault) << "somebody may still be about to call that one";
  ASSERT_TRUE(policies_.settle(kLimit));
  EXPECT_EQ(policies_.add(entry(one_more)), 3u);
  release(admit(1));
}

TEST_F(PoliciesTest, Cookie_ComesBackToTheInstanceThatGaveIt) {
  PeerLimit one(100), two(100);
  const Policies::Slot slot = policies_.add(entry(one));
  std::vector<tg_ticket> tickets;
  for (std::uint64_t tag = 100; tag < 110; ++tag) tickets.push_back(admit(1, tag));
  release(tickets[0]);
  replace(slot, one, two);
  for (std::uint64_t tag = 200; tag < 210; ++tag) tickets.push_back(admit(1, tag));
  for (std::size_t i = 1; i < tickets.size(); ++i) release(tickets[i]);
  EXPECT_EQ(one.wrong_cookies, 0u);
  EXPECT_EQ(two.wrong_cookies, 0u);
  EXPECT_EQ(two.owed(), 0u);
}

TEST_F(PoliciesTest, InsideAPolicy_IsKnown) {
  static bool inside = false;
  tg_admission_policy role{};
  role.struct_size = sizeof role;
  role.ask = [](void *, const tg_admission_query *, tg_admission_answer *) { inside = PolicyScope::inside(); };
  policies_.add({"nosy", &role, nullptr, nullptr});
  release(admit(1));
  EXPECT_TRUE(inside);
  EXPECT_FALSE(PolicyScope::inside());
}

// ---- with everything at once ----

std::uint64_t rounds() {
  const char *given = std::getenv("TIDEGATE_STRESS_ROUNDS");
  return given == nullptr ? 300 : std::max<std::uint64_t>(std::strtoull(given, nullptr, 10) / 100, 20);
}

/// Two threads admit and release, a third replaces the policy again and again: nothing is lost, nobody gets in too many, and
/// each instance is told of the end of each of its sessions once, before it is gone.
TEST_F(PoliciesTest, ReplacedStress_UnderConcurrency_NothingIsForgottenAndNobodyIsTooMany) {
  constexpr std::int64_t kMost = 3;
  constexpr std::uint8_t kPeers = 8;
  std::array<std::atomic<std::int64_t>, kPeers> live{};
  std::atomic<std::uint64_t> admitted{0}, refused{0}, too_many{0};
  std::atomic<bool> stop{false};
  std::vector<std::unique_ptr<PeerLimit>> instances;
  instances.push_back(std::make_unique<PeerLimit>(kMost));
  Policies::Slot slot = policies_.add(entry(*instances.back()));
  std::vector<std::thread> threads;
  for (unsigned t = 0; t < 2; ++t)
    threads.emplace_back([&, t] {
      std::minstd_rand random(t + 1);
      std::vector<std::pair<tg_ticket, std::uint8_t>> mine;
      while (!stop.load(std::memory_order_relaxed) || !mine.empty()) {
        const auto peer = static_cast<std::uint8_t>(random() % kPeers);
        if (!stop.load(std::memory_order_relaxed) && mine.size() < 16 && random() % 2 == 0) {
          const tg_ticket ticket = admit(peer, random());
          if (ticket == 0) {
            refused.fetch_add(1, std::memory_order_relaxed);
            continue;
          }
          admitted.fetch_add(1, std::memory_order_relaxed);
          if (live[peer].fetch_add(1) >= kMost) too_many.fetch_add(1);
          mine.emplace_back(ticket, peer);
        } else if (!mine.empty()) {
          const std::size_t which = random() % mine.size();
          live[mine[which].second].fetch_sub(1);
          release(mine[which].first);
          mine[which] = mine.back();
          mine.pop_back();
        }
      }
    });
  std::uint64_t adopted = 0;
  for (std::uint64_t round = 0; round < rounds() || admitted.load() < 10'000 || adopted == 0; ++round) {
    instances.push_back(std::make_unique<PeerLimit>(kMost));
    slot = replace(slot, **(instances.end() - 2), *instances.back());
    adopted += instances.back()->adopted;
    if (round % 7 == 0) policies_.watch(2, [](Policies::Slot) { return kNever; });
  }
  stop = true;
  for (std::thread &thread : threads) thread.join();
  std::uint64_t late = 0, owed = 0, wrong = 0, yes = 0;
  for (const auto &one : instances) {
    late += one->late;
    owed += one->owed();
    wrong += one->wrong_cookies;
    yes += one->yes;
  }
  EXPECT_EQ(too_many, 0u);
  EXPECT_EQ(late, 0u) << "an instance was called after it was gone";
  EXPECT_EQ(owed, 0u);
  EXPECT_EQ(wrong, 0u);
  EXPECT_GE(yes, admitted.load());
  EXPECT_EQ(admission_.gate().counts().live(), 0u);
  std::printf("%zu instances, %llu admitted, %llu refused, %llu handed over\n", instances.size(),
              static_cast<unsigned long long>(admitted.load()), static_cast<unsigned long long>(refused.load()),
              static_cast<unsigned long long>(adopted));
  EXPECT_GT(adopted, 0u);
  EXPECT_GT(refused, 0u);
}

}  // namespace
}  // namespace tidegate::sdk

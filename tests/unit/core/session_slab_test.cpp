#include "core/session_slab.hpp"

#include <atomic>
#include <set>
#include <thread>
#include <vector>

namespace tidegate::sdk {
namespace {

Session session(std::uint32_t service, std::uint64_t tag) {
  Session out;
  out.service = service;
  out.tag = tag;
  out.kind = TG_KIND_CHILD;
  out.policies = 0x80000001u;
  out.admitted = 77;
  out.parent = 99;
  out.peer.ip[15] = 1;
  out.peer.port = 5060;
  out.peer.scope = 4;
  return out;
}

TEST(SessionSlab, Publish_KeepsAllOfTheSession) {
  SessionSlab slab(8);
  const tg_ticket ticket = slab.publish(slab.reserve(), session(65535, 42));
  int seen = 0;
  slab.for_each([&](tg_ticket found, const Session &out) {
    ++seen;
    EXPECT_EQ(found, ticket);
    EXPECT_EQ(out.service, 65535u);
    EXPECT_EQ(out.tag, 42u);
    EXPECT_EQ(out.kind, static_cast<std::uint32_t>(TG_KIND_CHILD));
    EXPECT_EQ(out.policies, 0x80000001u);
    EXPECT_EQ(out.admitted, 77u);
    EXPECT_EQ(out.parent, 99u);
    EXPECT_EQ(out.peer.ip[15], 1);
    EXPECT_EQ(out.peer.port, 5060);
    EXPECT_EQ(out.peer.scope, 4u);
    return true;
  });
  EXPECT_EQ(seen, 1);
}

TEST(SessionSlab, Ticket_IsNeverZero) {
  SessionSlab slab(2);
  Session out;
  for (int i = 0; i < 1000; ++i) {
    const tg_ticket ticket = slab.publish(slab.reserve(), session(0, 0));
    ASSERT_NE(ticket, 0u);
    ASSERT_TRUE(slab.retire(ticket, 0, out));
    slab.give_back(SessionSlab::index_of(ticket));
  }
}

TEST(SessionSlab, Retire_Twice_IsRefused) {
  SessionSlab slab(8);
  Session out;
  const tg_ticket ticket = slab.publish(slab.reserve(), session(1, 5));
  EXPECT_TRUE(slab.retire(ticket, 1, out));
  EXPECT_EQ(out.tag, 5u);
  EXPECT_FALSE(slab.retire(ticket, 1, out));
}

TEST(SessionSlab, Retire_AfterTheRecordWasUsedAgain_IsRefused) {
  SessionSlab slab(1);
  Session out;
  const tg_ticket old = slab.publish(slab.reserve(), session(1, 5));
  ASSERT_TRUE(slab.retire(old, 1, out));
  slab.give_back(SessionSlab::index_of(old));
  const tg_ticket fresh = slab.publish(slab.reserve(), session(1, 6));
  EXPECT_EQ(SessionSlab::index_of(old), SessionSlab::index_of(fresh));
  EXPECT_FALSE(slab.retire(old, 1, out));
  EXPECT_TRUE(slab.is_live(fresh, 1));
}

TEST(SessionSlab, Retire_OfAnotherService_IsRefused) {
  SessionSlab slab(8);
  Session out;
  const tg_ticket ticket = slab.publish(slab.reserve(), session(1, 5));
  EXPECT_FALSE(slab.retire(ticket, 2, out));
  EXPECT_TRUE(slab.is_live(ticket, 1));
}

TEST(SessionSlab, Retire_OfGarbage_IsRefused) {
  SessionSlab slab(8);
  Session out;
  slab.publish(slab.reserve(), session(1, 5));
  for (const tg_ticket garbage :
       {tg_ticket{0}, tg_ticket{1}, UINT64_MAX, tg_ticket{0x100000007}, tg_ticket{0xffffffff00000000}})
    EXPECT_FALSE(slab.retire(garbage, 1, out)) << garbage;
}

TEST(SessionSlab, Tickets_OfTwoSlabs_Differ) {
  // Both random starts are the same in one of 2^31 runs.
  SessionSlab one(1), two(1);
  EXPECT_NE(one.publish(one.reserve(), session(0, 0)), two.publish(two.reserve(), session(0, 0)));
}

TEST(SessionSlab, Exhausted_SaysSoAndRecovers) {
  SessionSlab slab(3);
  std::set<std::uint32_t> taken;
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(taken.insert(slab.reserve()).second);
  EXPECT_EQ(slab.reserve(), SessionSlab::kNone);
  slab.give_back(1);
  EXPECT_EQ(slab.reserve(), 1u);
  EXPECT_EQ(slab.reserve(), SessionSlab::kNone);
}

TEST(SessionSlab, UnderConcurrency_EachRecordHasOneOwnerAndNoneIsShownTorn) {
  SessionSlab slab(64);
  std::atomic<bool> stop{false};
  std::atomic<int> failures{0};
  std::vector<std::thread> threads;
  for (std::uint64_t t = 0; t < 3; ++t)
    threads.emplace_back([&, t] {
      Session out;
      for (std::uint64_t i = 0; i < 30000; ++i) {
        const std::uint32_t index = slab.reserve();
        if (index == SessionSlab::kNone) continue;
        Session mine = session(static_cast<std::uint32_t>(t), t << 32 | i);
        mine.parent = ~mine.tag;
        mine.admitted = mine.tag;
        const tg_ticket ticket = slab.publish(index, mine);
        if (!slab.retire(ticket, static_cast<std::uint32_t>(t), out) || out.tag != mine.tag) ++failures;
        slab.give_back(index);
      }
    });
  std::thread reader([&] {
    while (!stop.load())
      slab.for_each([&](tg_ticket, const Session &out) {
        if (out.parent != ~out.tag || out.admitted != out.tag || out.service != out.tag >> 32) ++failures;
        return true;
      });
  });
  for (std::thread &thread : threads) thread.join();
  stop = true;
  reader.join();
  EXPECT_EQ(failures.load(), 0);
}

}  // namespace
}  // namespace tidegate::sdk

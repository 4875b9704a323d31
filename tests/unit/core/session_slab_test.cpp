#include "core/session_slab.hpp"

#include <atomic>
#include <set>
#include <thread>
#include <vector>

#include "retired.hpp"

namespace tidegate::sdk {
namespace {

constexpr Nanos kMilli = 1'000'000;

Session session(std::uint32_t service, std::uint64_t tag) {
  Session out;
  out.service = service;
  out.tag = tag;
  out.kind = TG_KIND_CHILD;
  out.session_class = TG_CLASS_EMERGENCY;
  out.policies = 0x80000001u;
  out.admitted = 77;
  out.parent = 99;
  out.peer.ip[15] = 1;
  out.peer.port = 5060;
  out.peer.scope = 4;
  return out;
}

/// What the slab says of a live session.
Session seen(const SessionSlab &slab, tg_ticket ticket) {
  Session out;
  bool found = false;
  slab.for_each([&](tg_ticket candidate, const Session &session) {
    if (candidate != ticket) return true;
    out = session;
    found = true;
    return false;
  });
  EXPECT_TRUE(found);
  return out;
}

TEST(SessionSlab, Record_IsOneCacheLine) { EXPECT_EQ(SessionSlab::kRecordBytes, 64u); }

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
    EXPECT_EQ(out.session_class, static_cast<std::uint32_t>(TG_CLASS_EMERGENCY));
    EXPECT_EQ(out.last_activity, 77u);
    EXPECT_EQ(out.marks, 0u);
    EXPECT_EQ(out.parent, 99u);
    EXPECT_EQ(out.key, 0u);
    EXPECT_EQ(out.peer.ip[15], 1);
    EXPECT_EQ(out.peer.port, 5060);
    EXPECT_EQ(out.peer.scope, 4u);
    return true;
  });
  EXPECT_EQ(seen, 1);
}

TEST(SessionSlab, Publish_KeepsTheKeyOfAllButAChild) {
  for (const std::uint32_t kind : {TG_KIND_NEW, TG_KIND_AFFINITY, TG_KIND_ORIGINATE}) {
    SessionSlab slab(1);
    Session given = session(1, 1);
    given.kind = kind;
    given.parent = 0;
    given.key = UINT64_MAX;
    const Session out = seen(slab, slab.publish(slab.reserve(), given));
    EXPECT_EQ(out.kind, kind);
    EXPECT_EQ(out.key, UINT64_MAX);
    EXPECT_EQ(out.parent, 0u);
  }
}

TEST(SessionSlab, Idle_LastsUntilActive) {
  SessionSlab slab(1);
  const tg_ticket ticket = slab.publish(slab.reserve(), session(1, 5));
  EXPECT_TRUE(slab.idle(ticket, 1, 77 + 3 * kMilli));
  EXPECT_EQ(seen(slab, ticket).flags_in(9), TG_SESSION_IDLE);
  EXPECT_EQ(seen(slab, ticket).last_activity, 77 + 3 * kMilli);
  EXPECT_TRUE(slab.active(ticket, 1, 77 + 8 * kMilli));
  EXPECT_EQ(seen(slab, ticket).flags_in(9), 0u);
  EXPECT_EQ(seen(slab, ticket).last_activity, 77 + 8 * kMilli);
}

TEST(SessionSlab, Tell_CountsOnceInADrain_AndNotInTheNext) {
  SessionSlab slab(1);
  const tg_ticket ticket = slab.publish(slab.reserve(), session(1, 5));
  EXPECT_TRUE(slab.idle(ticket, 1, 77));
  EXPECT_TRUE(slab.tell(ticket, 1, 4));
  EXPECT_FALSE(slab.tell(ticket, 1, 4)) << "told already";
  EXPECT_TRUE(slab.acknowledge(ticket, 1, 4, 77 + kMilli));
  EXPECT_EQ(seen(slab, ticket).flags_in(4), TG_SESSION_IDLE | TG_SESSION_TOLD | TG_SESSION_ACKNOWLEDGED);
  EXPECT_EQ(seen(slab, ticket).flags_in(5), TG_SESSION_IDLE) << "of the next drain only what is not a drain's";
  EXPECT_TRUE(slab.tell(ticket, 1, 5));
  EXPECT_EQ(seen(slab, ticket).flags_in(5), TG_SESSION_IDLE | TG_SESSION_TOLD);
  EXPECT_EQ(seen(slab, ticket).flags_in(4), TG_SESSION_IDLE);
}

TEST(SessionSlab, Marks_OfALaterDrain_AreNotUndoneByAnEarlierOne) {
  SessionSlab slab(1);
  const tg_ticket ticket = slab.publish(slab.reserve(), session(1, 5));
  constexpr std::uint64_t kRound = 1u << 24;  // where the numbers of drains begin again
  for (const std::uint64_t epoch : {std::uint64_t{8}, kRound / 2, kRound - 1, kRound, kRound + 1}) {
    EXPECT_TRUE(slab.tell(ticket, 1, epoch));
    EXPECT_FALSE(slab.tell(ticket, 1, epoch - 1));
    EXPECT_TRUE(slab.acknowledge(ticket, 1, epoch - 1, 77)) << "it is live, and its answer is to an earlier question";
    EXPECT_EQ(seen(slab, ticket).flags_in(epoch), TG_SESSION_TOLD) << epoch;
  }
}

TEST(SessionSlab, Marks_DoNotTouchTheRest) {
  SessionSlab slab(1);
  Session given = session(65535, 42);
  given.kind = TG_KIND_ORIGINATE;
  given.parent = 0;
  given.session_class = TG_CLASS_PRIORITY;
  given.key = 11;
  const tg_ticket ticket = slab.publish(slab.reserve(), given);
  slab.tell(ticket, 65535, 0xffffff);
  slab.count(ticket, 65535, 0xffffff);
  slab.acknowledge(ticket, 65535, 0xffffff, 77);
  slab.idle(ticket, 65535, 77);
  const Session out = seen(slab, ticket);
  EXPECT_EQ(out.marks, 15u);
  EXPECT_EQ(out.drain, 0xffffffu);
  EXPECT_EQ(out.kind, static_cast<std::uint32_t>(TG_KIND_ORIGINATE));
  EXPECT_EQ(out.session_class, static_cast<std::uint32_t>(TG_CLASS_PRIORITY));
  EXPECT_EQ(out.key, 11u);
  EXPECT_EQ(out.tag, 42u);
  EXPECT_EQ(out.service, 65535u);
}

TEST(SessionSlab, Marks_AreRefusedForStaleAndForeignTickets) {
  SessionSlab slab(1);
  Session out;
  const tg_ticket old = slab.publish(slab.reserve(), session(1, 5));
  EXPECT_FALSE(slab.active(old, 2, 77)) << "of another service";
  EXPECT_FALSE(slab.tell(old, 2, 1));
  ASSERT_TRUE(retired(slab, old, 1, out));
  slab.give_back(SessionSlab::index_of(old));
  EXPECT_FALSE(slab.idle(old, 1, 77));
  const tg_ticket fresh = slab.publish(slab.reserve(), session(1, 6));
  EXPECT_FALSE(slab.active(old, 1, 77 + kSecond));
  EXPECT_FALSE(slab.idle(old, 1, 77 + kSecond));
  EXPECT_FALSE(slab.acknowledge(old, 1, 1, 77 + kSecond));
  EXPECT_FALSE(slab.tell(old, 1, 1));
  EXPECT_FALSE(slab.count(old, 1, 1));
  EXPECT_EQ(seen(slab, fresh).marks, 0u);
  EXPECT_EQ(seen(slab, fresh).last_activity, 77u);
  for (const tg_ticket garbage : {tg_ticket{0}, tg_ticket{1}, UINT64_MAX, tg_ticket{0x100000007}})
    EXPECT_FALSE(slab.active(garbage, 1, 77)) << garbage;
}

TEST(SessionSlab, Marks_OfAnEndedSession_AreNotInTheNextOne) {
  SessionSlab slab(1);
  Session out;
  const tg_ticket old = slab.publish(slab.reserve(), session(1, 5));
  slab.idle(old, 1, 77 + kSecond);
  slab.tell(old, 1, 3);
  ASSERT_TRUE(retired(slab, old, 1, out));
  EXPECT_EQ(out.flags_in(3), TG_SESSION_IDLE | TG_SESSION_TOLD) << "retire() says what it had";
  EXPECT_EQ(out.last_activity, 77 + kSecond);
  slab.give_back(SessionSlab::index_of(old));
  const Session next = seen(slab, slab.publish(slab.reserve(), session(1, 6)));
  EXPECT_EQ(next.marks, 0u);
  EXPECT_EQ(next.last_activity, 77u);
}

TEST(SessionSlab, LastActivity_NeverGoesBack) {
  SessionSlab slab(1);
  const tg_ticket ticket = slab.publish(slab.reserve(), session(1, 5));
  slab.active(ticket, 1, 77 + 9 * kMilli);
  slab.active(ticket, 1, 77 + 4 * kMilli);  // a thread that was held up after it had looked at the clock
  slab.active(ticket, 1, 0);                // a clock read before the session was admitted
  EXPECT_EQ(seen(slab, ticket).last_activity, 77 + 9 * kMilli);
}

TEST(SessionSlab, LastActivity_IsFineFor24DaysAndCoarseForYears) {
  SessionSlab slab(1);
  const tg_ticket ticket = slab.publish(slab.reserve(), session(1, 5));
  Nanos before = 77;
  for (const Nanos ms : {Nanos{1}, Nanos{1000}, (Nanos{1} << 31) - 1}) {
    slab.active(ticket, 1, 77 + ms * kMilli);
    EXPECT_EQ(seen(slab, ticket).last_activity, 77 + ms * kMilli);
  }
  for (const Nanos ms : {(Nanos{1} << 31) + 5000, (Nanos{1} << 32) + 7, Nanos{365} * 24 * 3600 * 1000, Nanos{1} << 40}) {
    slab.active(ticket, 1, 77 + ms * kMilli);
    const Nanos shown = seen(slab, ticket).last_activity;
    EXPECT_LE(shown, 77 + ms * kMilli);
    EXPECT_GT(shown + 1024 * kMilli, 77 + ms * kMilli) << ms;
    EXPECT_GT(shown, before);
    before = shown;
  }
  slab.active(ticket, 1, kNever);
  EXPECT_GT(seen(slab, ticket).last_activity, before) << "longer than it can say is not nothing";
}

TEST(SessionSlab, Ticket_IsNeverZero) {
  SessionSlab slab(2);
  Session out;
  for (int i = 0; i < 1000; ++i) {
    const tg_ticket ticket = slab.publish(slab.reserve(), session(0, 0));
    ASSERT_NE(ticket, 0u);
    ASSERT_TRUE(retired(slab, ticket, 0, out));
    slab.give_back(SessionSlab::index_of(ticket));
  }
}

TEST(SessionSlab, Retire_Twice_IsRefused) {
  SessionSlab slab(8);
  Session out;
  const tg_ticket ticket = slab.publish(slab.reserve(), session(1, 5));
  EXPECT_TRUE(retired(slab, ticket, 1, out));
  EXPECT_EQ(out.tag, 5u);
  EXPECT_FALSE(retired(slab, ticket, 1, out));
}

TEST(SessionSlab, Retire_AfterTheRecordWasUsedAgain_IsRefused) {
  SessionSlab slab(1);
  Session out;
  const tg_ticket old = slab.publish(slab.reserve(), session(1, 5));
  ASSERT_TRUE(retired(slab, old, 1, out));
  slab.give_back(SessionSlab::index_of(old));
  const tg_ticket fresh = slab.publish(slab.reserve(), session(1, 6));
  EXPECT_EQ(SessionSlab::index_of(old), SessionSlab::index_of(fresh));
  EXPECT_FALSE(retired(slab, old, 1, out));
  EXPECT_TRUE(slab.is_live(fresh, 1));
}

TEST(SessionSlab, Retire_OfAnotherService_IsRefused) {
  SessionSlab slab(8);
  Session out;
  const tg_ticket ticket = slab.publish(slab.reserve(), session(1, 5));
  EXPECT_FALSE(retired(slab, ticket, 2, out));
  EXPECT_TRUE(slab.is_live(ticket, 1));
}

TEST(SessionSlab, Retire_OfGarbage_IsRefused) {
  SessionSlab slab(8);
  Session out;
  slab.publish(slab.reserve(), session(1, 5));
  for (const tg_ticket garbage :
       {tg_ticket{0}, tg_ticket{1}, UINT64_MAX, tg_ticket{0x100000007}, tg_ticket{0xffffffff00000000}})
    EXPECT_FALSE(retired(slab, garbage, 1, out)) << garbage;
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
        if (!retired(slab, ticket, static_cast<std::uint32_t>(t), out) || out.tag != mine.tag) ++failures;
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

TEST(SessionSlab, Marks_UnderConcurrency_NeverReachTheNextSession) {
  SessionSlab slab(2);
  std::atomic<tg_ticket> published{0};
  std::atomic<bool> stop{false};
  std::atomic<std::uint64_t> marked{0};
  int failures = 0;
  std::vector<std::thread> markers;
  for (int t = 0; t < 2; ++t)
    markers.emplace_back([&] {
      // Sees most tickets when they have ended: nothing of this may be found in a session that did not ask for it.
      while (!stop.load()) {
        const tg_ticket ticket = published.load();
        if (slab.idle(ticket, 1, kNever)) marked.fetch_add(1);
        slab.active(ticket, 1, kNever);
        slab.tell(ticket, 1, 6);
        slab.acknowledge(ticket, 1, 6, kNever);
        slab.count(ticket, 1, 6);
      }
    });
  Session out;
  for (std::uint64_t i = 0; i < 300000; ++i) {
    // One that is shown to the markers, then one of the same record that is not.
    const tg_ticket shown = slab.publish(slab.reserve(), session(1, i));
    published.store(shown);
    if (i % 8192 == 0)  // let them get hold of it
      for (std::uint64_t turn = 0, before = marked.load(); turn < 100 && marked.load() == before; ++turn)
        std::this_thread::yield();
    if (!retired(slab, shown, 1, out) || out.tag != i) ++failures;
    if (((out.marks & ~TG_SESSION_IDLE) != 0) != (out.drain == 6)) ++failures;
    slab.give_back(SessionSlab::index_of(shown));
    const tg_ticket hidden = slab.publish(slab.reserve(), session(1, i));
    if (i % 8192 == 4096) std::this_thread::yield();
    if (!retired(slab, hidden, 1, out) || out.marks != 0 || out.drain != 0 || out.last_activity != 77) ++failures;
    slab.give_back(SessionSlab::index_of(hidden));
  }
  stop = true;
  for (std::thread &thread : markers) thread.join();
  EXPECT_EQ(failures, 0);
  EXPECT_GT(marked.load(), 0u);
}

TEST(SessionSlab, RetireAndMark_UnderConcurrency_EachRetiresOnceAndTellsOnce) {
  SessionSlab slab(4);
  std::atomic<int> failures{0};
  for (std::uint64_t i = 0; i < 1500; ++i) {
    const tg_ticket ticket = slab.publish(slab.reserve(), session(1, i));
    std::atomic<int> told{0}, retired{0}, told_in_record{0};
    const auto tell = [&] {
      if (slab.tell(ticket, 1, 2)) ++told;
      slab.active(ticket, 1, 77);
    };
    const auto retire = [&] {
      slab.idle(ticket, 1, 77);
      Session out;
      if (!sdk::retired(slab, ticket, 1, out)) return;
      ++retired;
      if ((out.flags_in(2) & TG_SESSION_TOLD) != 0) ++told_in_record;
    };
    std::thread other([&] {
      tell();
      retire();
    });
    tell();
    retire();
    other.join();
    if (retired.load() != 1 || told.load() != 1 || told_in_record.load() != 1) ++failures;
    slab.give_back(SessionSlab::index_of(ticket));
  }
  EXPECT_EQ(failures.load(), 0);
}

}  // namespace
}  // namespace tidegate::sdk

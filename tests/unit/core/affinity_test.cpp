#include "core/affinity.hpp"

#include <thread>
#include <vector>

#include "core/admission.hpp"
#include "retired.hpp"

namespace tidegate::sdk {
namespace {

const PolicyList kNoPolicies;

/// A service that is drained with the option AFFINITY.
class AffinityTest : public testing::Test {
 protected:
  static constexpr std::uint64_t kKey = 7;

  AffinityTest() { admission_.gate().open(); }

  static tg_request asking(std::uint32_t kind, std::uint64_t key, std::uint32_t session_class = TG_CLASS_NORMAL) {
    tg_request request = TG_INIT(tg_request);
    request.kind = kind;
    request.key = key;
    request.session_class = session_class;
    return request;
  }
  static tg_ticket admit(Admission &admission, const tg_request &request) {
    tg_verdict verdict = TG_INIT(tg_verdict);
    return admission.admit(request, 0, verdict);
  }
  tg_ticket admit(std::uint32_t kind, std::uint64_t key, std::uint32_t session_class = TG_CLASS_NORMAL) {
    return admit(admission_, asking(kind, key, session_class));
  }
  /// Whether a key is live, without leaving a session behind.
  bool live(std::uint64_t key) {
    const tg_ticket ticket = admit(TG_KIND_AFFINITY, key);
    if (ticket != 0) admission_.release(ticket);
    return ticket != 0;
  }
  /// As the runtime does it.
  void shut(bool emergency = false) {
    admission_.permit({.affinity = true, .emergency = emergency});
    EXPECT_TRUE(admission_.index_keys(++epoch_));
    admission_.gate().shut();
  }
  void open() {
    admission_.gate().open();
    admission_.drop_keys();
  }

  SessionSlab slab_{4096};
  PolicyDoors policies_{kNoPolicies};
  Admission admission_{{.service = 1, .max_sessions = 0}, slab_, policies_};
  tg_ticket anchor_ = 0;
  std::uint64_t epoch_ = 0;
};

/// The same with a session that keeps the drain from completing.
class AnchoredAffinityTest : public AffinityTest {
 protected:
  AnchoredAffinityTest() { anchor_ = admit(TG_KIND_NEW, 0); }
};

TEST_F(AnchoredAffinityTest, Key_IsLiveAsLongAsASessionHasIt) {
  const tg_ticket first = admit(TG_KIND_NEW, kKey);
  shut();
  const tg_ticket second = admit(TG_KIND_AFFINITY, kKey);
  ASSERT_NE(second, 0u);
  admission_.release(first);
  const tg_ticket third = admit(TG_KIND_AFFINITY, kKey);
  ASSERT_NE(third, 0u) << "the second lives, which came in by the first";
  admission_.release(second);
  EXPECT_TRUE(live(kKey));
  admission_.release(third);
  EXPECT_FALSE(live(kKey)) << "a key that lingers without a session";
  EXPECT_FALSE(live(kKey));
}

TEST_F(AnchoredAffinityTest, Key_OfSeveralSessions_EndsWithTheLast) {
  std::vector<tg_ticket> all;
  for (const std::uint32_t kind : {TG_KIND_NEW, TG_KIND_ORIGINATE, TG_KIND_AFFINITY}) all.push_back(admit(kind, kKey));
  shut();
  for (const tg_ticket ticket : all) {
    EXPECT_TRUE(live(kKey));
    admission_.release(ticket);
  }
  EXPECT_FALSE(live(kKey));
}

TEST_F(AnchoredAffinityTest, Zero_IsNoKey) {
  admit(TG_KIND_AFFINITY, 0);
  shut();
  EXPECT_FALSE(live(0));
}

TEST_F(AnchoredAffinityTest, Child_HasNoKey) {
  tg_request inner = asking(TG_KIND_CHILD, 0);
  inner.parent = anchor_;
  ASSERT_NE(admit(admission_, inner), 0u);
  shut();
  EXPECT_FALSE(live(anchor_)) << "its record has the parent's ticket where others have the key";
}

TEST_F(AnchoredAffinityTest, Key_OfAnotherService_IsNotOurs) {
  Admission other({.service = 2}, slab_, policies_);
  other.gate().open();
  ASSERT_NE(admit(other, asking(TG_KIND_NEW, kKey)), 0u);
  shut();
  EXPECT_FALSE(live(kKey));
}

TEST_F(AnchoredAffinityTest, Emergency_BringsAKeyOfItsOwn) {
  shut(true);
  EXPECT_FALSE(live(kKey));
  const tg_ticket ticket = admit(TG_KIND_NEW, kKey, TG_CLASS_EMERGENCY);
  ASSERT_NE(ticket, 0u);
  EXPECT_TRUE(live(kKey)) << "a key is live if some live session has it, however that came in";
  admission_.release(ticket);
  EXPECT_FALSE(live(kKey));
}

TEST_F(AnchoredAffinityTest, NothingIsLive_WithoutTheOptionOrTheIndex) {
  admit(TG_KIND_NEW, kKey);
  admission_.permit({});
  admission_.index_keys(1);
  admission_.gate().shut();
  EXPECT_FALSE(live(kKey));
  admission_.permit({.affinity = true});
  EXPECT_TRUE(live(kKey)) << "permitted later, such as by a drain that takes the place of another";
  admission_.drop_keys();
  EXPECT_FALSE(live(kKey));
  EXPECT_FALSE(admission_.index_keys(1)) << "an index of the same drain would not count what the first has marked";
  EXPECT_TRUE(admission_.index_keys(2));
  EXPECT_TRUE(live(kKey));
}

TEST_F(AnchoredAffinityTest, Index_OfTheSameDrain_IsMadeOnce) {
  const tg_ticket first = admit(TG_KIND_NEW, kKey);
  shut();
  const tg_ticket second = admit(TG_KIND_AFFINITY, kKey);
  EXPECT_TRUE(admission_.index_keys(epoch_));
  admission_.release(first);
  EXPECT_TRUE(live(kKey));
  admission_.release(second);
  EXPECT_FALSE(live(kKey));
}

TEST_F(AnchoredAffinityTest, NextDrain_CountsAnew) {
  const tg_ticket first = admit(TG_KIND_NEW, kKey);
  shut();
  const tg_ticket second = admit(TG_KIND_AFFINITY, kKey);
  const tg_ticket gone = admit(TG_KIND_AFFINITY, kKey);
  open();
  admission_.release(gone);  // counted by an index that is no more
  admission_.release(first);
  const tg_ticket later = admit(TG_KIND_NEW, kKey + 1);
  shut();
  EXPECT_TRUE(live(kKey)) << "the second lives on";
  EXPECT_TRUE(live(kKey + 1));
  admission_.release(second);
  EXPECT_FALSE(live(kKey));
  admission_.release(later);
  EXPECT_FALSE(live(kKey + 1));
}

TEST_F(AnchoredAffinityTest, ThoseWhoWereTold_AreStillCounted) {
  const tg_ticket ticket = admit(TG_KIND_NEW, kKey);
  shut();
  EXPECT_TRUE(slab_.tell(ticket, 1, epoch_));
  EXPECT_TRUE(admission_.acknowledge(ticket, epoch_, 0));
  EXPECT_TRUE(admission_.idle(ticket, 0));
  EXPECT_TRUE(live(kKey));
  admission_.release(ticket);
  EXPECT_FALSE(live(kKey));
}

TEST_F(AffinityTest, RefusedAdmission_LeavesNoTrace) {
  Admission one({.service = 1, .max_sessions = 1}, slab_, policies_);
  one.gate().open();
  const tg_ticket ticket = admit(one, asking(TG_KIND_NEW, kKey));
  one.enter();
  one.permit({.affinity = true});
  one.index_keys(1);
  one.gate().shut();
  EXPECT_EQ(admit(one, asking(TG_KIND_AFFINITY, kKey)), 0u) << "the limit holds for it too";
  one.release(ticket);
  EXPECT_EQ(admit(one, asking(TG_KIND_AFFINITY, kKey)), 0u) << "what it held it has taken back";
}

TEST_F(AnchoredAffinityTest, ManyKeys_AreToldApart) {
  std::vector<tg_ticket> all;
  for (std::uint64_t key = 1; key <= 3000; ++key) all.push_back(admit(TG_KIND_NEW, key << 32));
  shut();
  for (std::uint64_t key = 1; key <= 3000; ++key) {
    ASSERT_TRUE(live(key << 32));
    ASSERT_FALSE(live(key));
    if (key % 2 == 0) admission_.release(all[key - 1]);
  }
  for (std::uint64_t key = 1; key <= 3000; ++key) ASSERT_EQ(live(key << 32), key % 2 == 1);
}

TEST_F(AnchoredAffinityTest, NoRoomForAnotherKey_MeansThatItIsNotLive) {
  const tg_ticket first = admit(TG_KIND_NEW, kKey);
  shut(true);
  std::vector<tg_ticket> all;
  std::uint64_t found = 0;
  for (std::uint64_t key = 100; key < 2100; ++key) {
    all.push_back(admit(TG_KIND_NEW, key, TG_CLASS_EMERGENCY));
    found += live(key) ? 1 : 0;
  }
  EXPECT_GE(found, 768u);
  EXPECT_LT(found, 2000u) << "the index has not grown";
  EXPECT_TRUE(live(kKey));
  for (const tg_ticket ticket : all) EXPECT_EQ(admission_.release(ticket), Admission::Released::more);
  for (std::uint64_t key = 100; key < 2100; ++key) ASSERT_FALSE(live(key));
  admission_.release(first);
  EXPECT_FALSE(live(kKey));
}

TEST_F(AffinityTest, Drained_RefusesALiveLookingKey) {
  const tg_ticket ticket = admit(TG_KIND_NEW, kKey);
  shut();
  const tg_ticket second = admit(TG_KIND_AFFINITY, kKey);
  EXPECT_EQ(admission_.release(ticket), Admission::Released::more) << "the second holds the drain open";
  EXPECT_EQ(admission_.release(second), Admission::Released::last);
  EXPECT_FALSE(live(kKey));
}

/// The index alone, with the steps of an admission and of a release one by one.
class IndexTest : public AffinityTest {
 protected:
  static Session keyed() {
    Session session;
    session.service = 1;
    session.key = kKey;
    return session;
  }
  tg_ticket publish(const Session &session) { return slab_.publish(slab_.reserve(), session); }
  void end(tg_ticket ticket) {
    Session ended;
    ASSERT_TRUE(retired(slab_, ticket, 1, ended));
    affinity_.count_out(ended);
  }
  Affinity affinity_;
};

TEST_F(IndexTest, SessionThatBothFind_IsCountedOnce) {
  const tg_ticket before = publish(keyed());
  ASSERT_TRUE(affinity_.build(slab_, 1, 1));
  affinity_.count_in(slab_, before, keyed());  // its admission looks only now
  const tg_ticket after = publish(keyed());
  affinity_.count_in(slab_, after, keyed());
  affinity_.count_in(slab_, after, keyed());
  end(before);
  EXPECT_TRUE(affinity_.live(kKey));
  end(after);
  EXPECT_FALSE(affinity_.live(kKey));
}

TEST_F(IndexTest, SessionLetInByAnEarlierIndex_IsCountedByTheNext) {
  const tg_ticket first = publish(keyed());
  ASSERT_TRUE(affinity_.build(slab_, 1, 1));
  Session second = keyed();
  {
    Affinity::Hold hold(affinity_, kKey);
    ASSERT_TRUE(hold);
    hold.keep(second);
  }
  end(first);
  EXPECT_TRUE(affinity_.live(kKey)) << "from the hold on the second counts";
  affinity_.drop();
  ASSERT_TRUE(affinity_.build(slab_, 1, 2));
  const tg_ticket late = publish(second);  // after the next index has been made
  EXPECT_FALSE(affinity_.live(kKey));
  affinity_.count_in(slab_, late, second);
  EXPECT_TRUE(affinity_.live(kKey));
  end(late);
  EXPECT_FALSE(affinity_.live(kKey));
}

TEST_F(IndexTest, SessionThatTheIndexDoesNotCount_TakesNothingOff) {
  publish(keyed());
  ASSERT_TRUE(affinity_.build(slab_, 1, 2));
  Session uncounted = keyed();
  affinity_.count_out(uncounted);
  uncounted.marks = Session::kCounted;
  uncounted.drain = 1;
  affinity_.count_out(uncounted);
  EXPECT_TRUE(affinity_.live(kKey));
}

TEST_F(IndexTest, SessionThatEndsBeforeItIsCounted_IsNotCounted) {
  ASSERT_TRUE(affinity_.build(slab_, 1, 1));
  const tg_ticket ticket = publish(keyed());
  end(ticket);
  affinity_.count_in(slab_, ticket, keyed());
  EXPECT_FALSE(affinity_.live(kKey));
}

TEST_F(IndexTest, Hold_KeepsTheKeyAndTheIndex) {
  const tg_ticket ticket = publish(keyed());
  ASSERT_TRUE(affinity_.build(slab_, 1, 1));
  {
    const Affinity::Hold hold(affinity_, kKey);
    ASSERT_TRUE(hold);
    end(ticket);
    EXPECT_TRUE(affinity_.live(kKey)) << "as long as it is held";
    affinity_.drop();
    EXPECT_FALSE(affinity_.live(kKey));
    ASSERT_TRUE(affinity_.build(slab_, 1, 2))
        << "the first index is not freed under the hold, nor the second touched by it";
  }
  EXPECT_FALSE(affinity_.live(kKey));
  EXPECT_FALSE(Affinity::Hold(affinity_, kKey));
}

/// While the service is drained and resumed, each thread has a key of its own: as long as it has a session with it, another
/// one must get in, whatever the gate does; when it has none, none must. The index takes a while to be made, as there are
/// many sessions in the slab behind theirs.
TEST_F(AffinityTest, UnderConcurrency_AKeyIsLiveExactlyWhileItHasASession) {
  std::vector<tg_ticket> front;
  for (int i = 0; i < 16; ++i) front.push_back(admit(TG_KIND_NEW, 0));
  for (int i = 0; i < 1500; ++i) admit(TG_KIND_NEW, 0);
  for (const tg_ticket ticket : front) admission_.release(ticket);

  std::atomic<bool> stop{false};
  std::atomic<std::uint64_t> phase{0};  // 0 open, 2 draining, odd in between; modulo 4
  std::atomic<std::uint64_t> chains{0}, dead{0}, lost{0}, lingering{0};
  std::vector<std::thread> threads;
  for (std::uint64_t t = 0; t < 3; ++t)
    threads.emplace_back([&, key = t + 1] {
      while (!stop.load()) {
        tg_ticket held = admit(TG_KIND_NEW, key);
        if (held == 0) {
          const std::uint64_t before = phase.load();
          held = admit(TG_KIND_AFFINITY, key);
          if (held != 0 && before % 4 == 2 && phase.load() == before) ++lingering;
          if (held == 0) {
            ++dead;
            std::this_thread::yield();
            continue;
          }
        }
        for (int i = 0; i < 20; ++i) {
          const tg_ticket next = admit(TG_KIND_AFFINITY, key);
          if (next == 0) ++lost;
          if (i % 4 == 0) std::this_thread::yield();
          admission_.release(held);
          held = next;
        }
        admission_.release(held);
        ++chains;
      }
    });
  const auto next = [](const std::atomic<std::uint64_t> &count) {
    const std::uint64_t before = count.load();
    for (int turn = 0; turn < 1'000'000 && count.load() == before; ++turn) std::this_thread::yield();
    return count.load() != before;
  };
  bool all_came = true;
  for (int round = 0; round < 2000 && all_came; ++round) {
    all_came = next(chains);
    ++phase;
    shut();
    ++phase;
    all_came = all_came && next(dead);
    ++phase;
    open();
    ++phase;
  }
  stop = true;
  for (std::thread &thread : threads) thread.join();
  EXPECT_TRUE(all_came) << "no chain ended, or no key died";
  EXPECT_EQ(lost.load(), 0u) << "refused although a session with the key was live";
  EXPECT_EQ(lingering.load(), 0u) << "admitted although none was";
  EXPECT_EQ(admission_.gate().counts().live(), 1500u);
}

/// All use one key, which a session of before the drain has: all get in; once that and they have ended, nobody does.
TEST_F(AnchoredAffinityTest, UnderConcurrency_OneKeyOfMany_IsCountedExactly) {
  std::atomic<std::uint64_t> refused{0};
  for (int round = 0; round < 100; ++round) {
    const tg_ticket first = admit(TG_KIND_NEW, kKey);
    std::vector<std::thread> threads;
    for (int t = 0; t < 3; ++t)
      threads.emplace_back([&] {
        for (int i = 0; i < 60; ++i) {
          const tg_ticket ticket = admit(TG_KIND_AFFINITY, kKey);
          if (ticket == 0) ++refused;
          admission_.release(ticket);
        }
      });
    shut();
    for (std::thread &thread : threads) thread.join();
    ASSERT_TRUE(live(kKey));
    admission_.release(first);
    ASSERT_FALSE(live(kKey)) << "round " << round;
    open();
  }
  EXPECT_EQ(refused.load(), 0u);
}

}  // namespace
}  // namespace tidegate::sdk

// Policies: what they are asked and told, and a gate that moves while they are asked.
#include "admission_fixture.hpp"

namespace tidegate::sdk {
namespace {

TEST_F(AdmissionTest, Query_SaysAllThatIsAskedFor_AndTheSameAtTheEnd) {
  FakePolicy &policy = add_policy();
  tg_request asked = request(TG_KIND_ORIGINATE, TG_CLASS_PRIORITY, 99);
  asked.tag = 5;
  asked.peer.port = 5060;
  const tg_ticket ticket = admit(asked);
  admission_.release(ticket);
  ASSERT_EQ(policy.asked.size(), 1u);
  ASSERT_EQ(policy.released.size(), 1u);
  for (const tg_admission_query &query : {policy.asked[0], policy.released[0]}) {
    EXPECT_EQ(query.struct_size, sizeof query);
    EXPECT_EQ(query.kind, static_cast<std::uint32_t>(TG_KIND_ORIGINATE));
    EXPECT_EQ(query.session_class, static_cast<std::uint32_t>(TG_CLASS_PRIORITY));
    EXPECT_EQ(query.tag, 5u);
    EXPECT_EQ(query.peer.port, 5060);
    EXPECT_EQ(query.key, 99u);
    EXPECT_EQ(view(query.service), "S");
  }
  EXPECT_TRUE(policy.cancelled.empty());
}

TEST_F(AdmissionTest, ChildWork_IsAskedOnlyOfThoseThatDeclareIt) {
  FakePolicy &adults = add_policy(), &all = add_policy(true);
  const tg_ticket parent = admit(request());
  const tg_ticket child = child_of(parent);
  EXPECT_EQ(adults.asked.size(), 1u);
  EXPECT_EQ(all.asked.size(), 2u);
  EXPECT_EQ(admission_.gate().counts().children, 1u);
  admission_.release(child);
  EXPECT_EQ(adults.released.size(), 0u);
  EXPECT_EQ(all.released.size(), 1u);
  EXPECT_EQ(all.released[0].key, 0u) << "its parent's ticket is not its key";
}

TEST_F(AdmissionTest, GateThatIsShut_AsksNoPolicy) {
  FakePolicy &policy = add_policy();
  const tg_ticket anchor = admit(request(TG_KIND_NEW, TG_CLASS_NORMAL, 7));
  shut({.affinity = true, .emergency = false});
  EXPECT_EQ(admit(request()), 0u);
  EXPECT_EQ(admit(request(TG_KIND_NEW, TG_CLASS_EMERGENCY)), 0u);
  EXPECT_EQ(admit(request(TG_KIND_AFFINITY, TG_CLASS_NORMAL, 8)), 0u);
  EXPECT_EQ(policy.asked.size(), 1u);
  EXPECT_NE(admit(request(TG_KIND_AFFINITY, TG_CLASS_NORMAL, 7)), 0u);
  EXPECT_EQ(policy.asked.size(), 2u);
  admission_.gate().seal();
  EXPECT_EQ(child_of(anchor), 0u);
  EXPECT_EQ(policy.asked.size(), 2u);
}

/// Two looks at the clock cost more than the call: only one in 256 is timed.
TEST_F(AdmissionTest, OneIn256_IsTimed_AndWhatTakesLongIsCountedAsSlow) {
  static Nanos now;
  now = 0;
  Admission::Options with = options();
  std::atomic<int> told{0};
  with.clock = [](void *) { return now += kSecond; };
  with.policy_faulted = [](void *count) { ++*static_cast<std::atomic<int> *>(count); };
  with.user = &told;
  PolicyMeter quick, slow;
  quick.slow_after = kSecond;
  slow.slow_after = kSecond - 1;
  add_policy();
  add_policy();
  list_.policies[0].meter = &quick;
  list_.policies[1].meter = &slow;
  Admission admission(with, slab_, doors_);
  admission.gate().open();
  constexpr int kCalls = 256 * 40;
  for (int i = 0; i < kCalls; ++i) {
    const tg_ticket ticket = admission.admit(request(), 1, verdict_);
    if (admission.release(ticket) == Admission::Released::last) admission.gate().gone();
  }
  EXPECT_NEAR(static_cast<double>(slow.timed.load()), kCalls / 256, 10);
  EXPECT_EQ(quick.timed, slow.timed);
  EXPECT_EQ(quick.slow, 0u);
  EXPECT_EQ(slow.slow, slow.timed);
  EXPECT_EQ(slow.longest, kSecond);
  EXPECT_EQ(slow.time, slow.timed * kSecond);
  EXPECT_EQ(static_cast<std::uint64_t>(told.load()), slow.slow.load());
}

TEST_F(AdmissionTest, FailClosed_RefusesAllButChildren_WhileAPolicyIsOut) {
  Admission::Options with = options();
  with.fail_closed = true;
  Admission admission(with, slab_, doors_);
  admission.gate().open();
  const tg_ticket parent = admission.admit(request(), 1, verdict_);
  doors_.put(list_, 1);
  for (const std::uint32_t kind : {TG_KIND_NEW, TG_KIND_AFFINITY, TG_KIND_ORIGINATE}) {
    EXPECT_EQ(admission.admit(request(kind), 1, verdict_), 0u);
    EXPECT_EQ(verdict_.reason, TG_REASON_POLICY);
  }
  tg_request inner = request(TG_KIND_CHILD);
  inner.parent = parent;
  EXPECT_NE(admission.admit(inner, 1, verdict_), 0u);
  doors_.put(list_, 0);
  EXPECT_NE(admission.admit(request(), 1, verdict_), 0u);
}

/// What becomes of a request when the gate moves while a policy is asked.
class MovingGateTest : public AdmissionTest {
 protected:
  std::uint32_t admit_while(const tg_request &request, std::function<void()> move) {
    policy_.answer = [move](const tg_admission_query &, tg_admission_answer &answer) {
      move();
      answer.verdict = TG_VERDICT_ADMITTED;
    };
    const std::size_t cancelled = policy_.cancelled.size();
    const Counts before = admission_.gate().counts();
    const tg_ticket ticket = admit(request);
    EXPECT_EQ(policy_.cancelled.size() - cancelled, ticket == 0 ? 1u : 0u) << "each yes is followed by one answer";
    EXPECT_EQ(admission_.gate().counts().live() - before.live(), ticket == 0 ? 0u : 1u) << "a refusal leaves no trace";
    return verdict_.reason;
  }
  FakePolicy &policy_ = add_policy(true);
  tg_ticket anchor_ = admit(request(TG_KIND_NEW, TG_CLASS_NORMAL, 7));
};

TEST_F(MovingGateTest, Shut_DecidesByTheTableOfThen) {
  const auto shutting = [this] { shut({.affinity = true, .emergency = true}); };
  EXPECT_EQ(admit_while(request(), shutting), TG_REASON_PAUSED);
  admission_.gate().open();
  EXPECT_EQ(admit_while(request(TG_KIND_AFFINITY, TG_CLASS_NORMAL, 7), shutting), TG_REASON_NONE);
  admission_.gate().open();
  EXPECT_EQ(admit_while(request(TG_KIND_AFFINITY, TG_CLASS_NORMAL, 8), shutting), TG_REASON_PAUSED);
  admission_.gate().open();
  EXPECT_EQ(admit_while(request(TG_KIND_NEW, TG_CLASS_EMERGENCY), shutting), TG_REASON_NONE);
}

TEST_F(MovingGateTest, Sealed_RefusesAll) {
  tg_request inner = request(TG_KIND_CHILD);
  inner.parent = anchor_;
  const auto sealing = [this] {
    admission_.refuse_with(TG_REASON_CLOSING);
    admission_.gate().seal();
  };
  for (const tg_request &asked : {request(), request(TG_KIND_NEW, TG_CLASS_EMERGENCY), inner}) {
    EXPECT_EQ(admit_while(asked, sealing), TG_REASON_CLOSING);
    admission_.gate().open();
  }
}

TEST_F(MovingGateTest, KeyThatDiesMeanwhile_IsNotLive) {
  admit(request());  // the drain is not over without the anchor
  shut({.affinity = true});
  const auto ending = [this] { admission_.release(anchor_); };
  policy_.answer = [ending](const tg_admission_query &, tg_admission_answer &answer) {
    ending();
    answer.verdict = TG_VERDICT_ADMITTED;
  };
  EXPECT_EQ(admit(request(TG_KIND_AFFINITY, TG_CLASS_NORMAL, 7)), 0u);
  EXPECT_EQ(verdict_.reason, TG_REASON_PAUSED);
  EXPECT_EQ(policy_.cancelled.size(), 1u);
}

TEST_F(MovingGateTest, Opened_NeedsNoPermissionAnyMore) {
  shut({.affinity = true});
  const auto opening = [this] {
    admission_.gate().open();
    admission_.drop_keys();
  };
  EXPECT_EQ(admit_while(request(TG_KIND_AFFINITY, TG_CLASS_NORMAL, 7), opening), TG_REASON_NONE);
  EXPECT_NE(admit(request()), 0u);
}

TEST_F(MovingGateTest, Opened_ToARamp_HoldsToIt) {
  shut({.affinity = true});
  const auto opening = [this] {
    admission_.set_limit(1);
    admission_.gate().open();
  };
  EXPECT_EQ(admit_while(request(TG_KIND_AFFINITY, TG_CLASS_NORMAL, 7), opening), TG_REASON_RAMP);
}

}  // namespace
}  // namespace tidegate::sdk

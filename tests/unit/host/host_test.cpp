// A host on a manual clock and the test's own loop: every step happens when the test says so.

#include "host_fixture.hpp"

namespace tidegate::sdk {
namespace {

TEST_F(HostTest, Drain_WaitsForTheLastThenStops) {
  Service &service = started("S");
  const tg_ticket one = admit(service), two = admit(service);
  events();
  service.drain(how(TG_INTENT_STOP, kNever, 0), {});
  EXPECT_EQ(events(), (Numbers{25165, 25049}));
  EXPECT_TRUE(service.release(one));
  host_.poll();
  EXPECT_EQ(events(), Numbers{});
  EXPECT_TRUE(service.release(two));
  host_.poll();
  EXPECT_EQ(events(), (Numbers{25050, 25130, 25003}));
  EXPECT_EQ(service.info().status, static_cast<std::uint32_t>(TG_STATUS_STOPPED));
}

TEST_F(HostTest, Drain_OfNobody_IsDoneAtOnce) {
  Service &service = started("S");
  events();
  service.drain(how(TG_INTENT_STAY, kNever, 0), {});
  EXPECT_EQ(events(), (Numbers{25165, 25049, 25050}));
}

TEST_F(HostTest, Deadline_TellsSessionsToClose_AndTheirEndCompletesTheDrain) {
  Service &service = started("S");
  const tg_ticket one = admit(service);
  events();
  service.drain(how(TG_INTENT_STOP, 30 * kSecond, 5 * kSecond), {});
  pass_time(30 * kSecond - 1);
  EXPECT_EQ(events(), (Numbers{25165, 25049}));
  pass_time(1);
  EXPECT_EQ(events(), (Numbers{25121, 25122}));
  EXPECT_EQ(told_, (std::vector<tg_ticket>{one}));
  EXPECT_EQ(admit(service, TG_KIND_CHILD, one), 0u) << "after the deadline nothing is admitted";
  service.release(one);
  host_.poll();
  EXPECT_EQ(events(), (Numbers{25150, 25128, 25050, 25130, 25003}));
}

TEST_F(HostTest, KillGrace_OverWithSessionsLeft_IsFailedUntilTheyGo) {
  Service &service = started("S");
  const tg_ticket one = admit(service);
  service.drain(how(TG_INTENT_STAY, 30 * kSecond, 5 * kSecond), {});
  pass_time(30 * kSecond);
  events();
  pass_time(5 * kSecond);
  EXPECT_EQ(events(), (Numbers{25129}));
  EXPECT_EQ(service.info().status, static_cast<std::uint32_t>(TG_STATUS_FAILED));
  EXPECT_EQ(code_of([&] { service.start({}); }), TG_E_BUSY);
  service.release(one);
  host_.poll();
  EXPECT_EQ(events(), (Numbers{25128, 25050}));
  service.resume(false, {});
  EXPECT_EQ(service.info().status, static_cast<std::uint32_t>(TG_STATUS_RUNNING));
}

TEST_F(HostTest, StopNow_LeavesSessionsAndSaysHowMany) {
  Service &service = started("S");
  const tg_ticket one = admit(service);
  events();
  service.stop_now({});
  host_.poll();
  EXPECT_EQ(events(), (Numbers{25049, 25125, 25003}));
  EXPECT_EQ(told_.size(), 1u);
  EXPECT_TRUE(service.release(one)) << "a release after the stop is in order";
  host_.poll();
  EXPECT_EQ(events(), Numbers{}) << "and is no 25050";
}

TEST_F(HostTest, Resume_AfterTheLastLeftUnseen_SaysDrainedFirst) {
  Service &service = started("S");
  const tg_ticket one = admit(service);
  service.drain(how(TG_INTENT_STAY, kNever, 0), {});
  events();
  service.release(one);  // the loop has not turned yet
  service.resume(false, {});
  EXPECT_EQ(events(), (Numbers{25167, 25050, 25140, 25141}));
  host_.poll();
  EXPECT_EQ(events(), Numbers{}) << "once for each epoch";
}

TEST_F(HostTest, Resume_WithSessionsLeft_SaysNoDrained) {
  Service &service = started("S");
  const tg_ticket one = admit(service);
  service.drain(how(TG_INTENT_STAY, kNever, 0), {});
  events();
  service.resume(false, {});
  service.release(one);
  host_.poll();
  EXPECT_EQ(events(), (Numbers{25167, 25140, 25141}));
}

TEST_F(HostTest, Child_GoesOnWhileDraining_AndHoldsTheDrainOpen) {
  Service &service = started("S");
  const tg_ticket parent = admit(service);
  service.drain(how(TG_INTENT_STAY, kNever, 0), {});
  const tg_ticket child = admit(service, TG_KIND_CHILD, parent);
  ASSERT_NE(child, 0u);
  EXPECT_EQ(service.info().sessions, 1u) << "a child is not an activity of its own";
  EXPECT_EQ(service.info().children, 1u);
  service.release(parent);
  events();
  host_.poll();
  EXPECT_EQ(events(), Numbers{});
  EXPECT_EQ(admit(service, TG_KIND_CHILD, parent), 0u) << "its parent has ended";
  service.release(child);
  host_.poll();
  EXPECT_EQ(events(), (Numbers{25150, 25050}));
}

TEST_F(HostTest, Entry_HoldsTheDrainOpen_AndASurplusLeaveDoesNotEndIt) {
  Service &service = started("S");
  const tg_ticket one = admit(service);
  EXPECT_TRUE(service.enter());
  service.drain(how(TG_INTENT_STAY, kNever, 0), {});
  EXPECT_FALSE(service.enter());
  EXPECT_TRUE(service.enter_child(one));
  EXPECT_TRUE(service.leave());
  EXPECT_TRUE(service.leave());
  EXPECT_FALSE(service.leave());
  events();
  host_.poll();
  EXPECT_EQ(events(), (Numbers{25126}));
  EXPECT_EQ(service.info().phase, static_cast<std::uint32_t>(TG_PHASE_DRAINING));
}

TEST_F(HostTest, Refusals_AreOneEventNotMany) {
  Service &service = started("S");
  const tg_ticket one = admit(service);
  service.drain(how(TG_INTENT_STAY, kNever, 0), {});
  events();
  for (int i = 0; i < 1000; ++i) refused(service);
  host_.poll();
  EXPECT_EQ(events(), Numbers{});
  pass_time(10 * kSecond);
  EXPECT_EQ(events(), (Numbers{25150}));
  service.release(one);
  host_.poll();
  EXPECT_EQ(events(), (Numbers{25050})) << "no refusal is said twice";
}

/// Where something is asked for in every round and nothing comes of it.
TEST_F(HostTest, Refusals_WhileSessionsAreClosed_AreOneEventNotMany) {
  Service &service = started("S");
  const tg_ticket one = admit(service);
  service.drain(how(TG_INTENT_STOP, kSecond, 3600 * kSecond), {});
  pass_time(kSecond);
  ASSERT_EQ(service.info().phase, static_cast<std::uint32_t>(TG_PHASE_CLOSING));
  refused(service);
  host_.poll();
  events();
  for (int i = 0; i < 100; ++i) {
    refused(service);
    host_.poll();
  }
  EXPECT_EQ(events(), Numbers{});
  pass_time(10 * kSecond);
  EXPECT_EQ(events(), (Numbers{25150}));
  service.release(one);
  host_.poll();
}

TEST_F(HostTest, StaleReleases_AreOneEventASecond) {
  Service &service = started("S");
  const tg_ticket one = admit(service);
  service.release(one);
  events();
  for (int i = 0; i < 5; ++i) EXPECT_FALSE(service.release(one));
  host_.poll();
  EXPECT_EQ(events(), (Numbers{25126}));
  EXPECT_FALSE(service.release(one));
  host_.poll();
  EXPECT_EQ(events(), Numbers{});
  pass_time(kSecond);
  EXPECT_EQ(events(), (Numbers{25126}));
}

TEST_F(HostTest, Refused_IsToldWhyAndWhen) {
  Service &service = make("S");
  EXPECT_EQ(refused(service).reason, static_cast<std::uint32_t>(TG_REASON_STOPPED));
  service.start({});
  const tg_ticket one = admit(service);
  service.drain(how(TG_INTENT_STAY, 10 * kSecond, kSecond), {});
  std::uint64_t least = UINT64_MAX, most = 0;
  for (int i = 0; i < 200; ++i) {
    const tg_verdict verdict = refused(service);
    EXPECT_EQ(verdict.reason, static_cast<std::uint32_t>(TG_REASON_PAUSED));
    least = std::min(least, verdict.retry_after_ns);
    most = std::max(most, verdict.retry_after_ns);
  }
  EXPECT_GE(least, 24 * kSecond);
  EXPECT_LE(most, 36 * kSecond);
  EXPECT_GT(most - least, 8 * kSecond) << "those refused together do not come back together";
  pass_time(10 * kSecond);
  EXPECT_EQ(refused(service).reason, static_cast<std::uint32_t>(TG_REASON_CLOSING));
  service.release(one);
}

TEST_F(HostTest, Limits_OfServiceAndHost_AreTold) {
  Service &bounded = started("BOUNDED", 1), &other = started("OTHER");
  admit(bounded);
  EXPECT_EQ(refused(bounded).reason, static_cast<std::uint32_t>(TG_REASON_LIMIT));
  for (int i = 0; i < 3; ++i) EXPECT_NE(admit(other), 0u);
  EXPECT_EQ(refused(other).reason, static_cast<std::uint32_t>(TG_REASON_CAPACITY));
  EXPECT_EQ(other.info().sessions, 3u) << "a refusal leaves no trace in the count";
}

TEST_F(HostTest, Records_AreUsedAgain) {
  // The host holds 4; whatever is refused or released must give its record back.
  Service &service = started("S"), &bounded = started("BOUNDED", 1);
  for (int i = 0; i < 100; ++i) {
    const tg_ticket only = admit(bounded);
    ASSERT_NE(only, 0u) << i;
    EXPECT_EQ(refused(bounded).reason, static_cast<std::uint32_t>(TG_REASON_LIMIT));
    bounded.release(only);
    service.release(admit(service));
  }
}

/// The one has had its last release, and nobody has polled since; the other can only be stopped after it.
TEST_F(HostTest, Closed_BeforeItHasSeenThatASessionWhichWouldNotGoHasGone_StopsAll) {
  for (const std::uint32_t intent : {TG_INTENT_STOP, TG_INTENT_STAY}) {
    Host host(options(), clock_);
    Service &needed = host.add_service(service_options("B")), &user = host.add_service(service_options("A"));
    user.need(needed);
    needed.start({});
    host.poll();
    user.start({});
    host.poll();
    const tg_ticket one = admit(user);
    user.drain(how(intent, kSecond, kSecond), {});
    for (int seconds = 0; seconds < 2; ++seconds) {
      clock_.advance(kSecond);
      host.poll();
    }
    ASSERT_EQ(user.info().status, TG_STATUS_FAILED);
    user.release(one);
    host.close();
    EXPECT_EQ(user.info().status, TG_STATUS_STOPPED);
    EXPECT_EQ(needed.info().status, TG_STATUS_STOPPED);
  }
}

TEST_F(HostTest, Start_WhoseHookFails_IsFailedAndCanBeTriedAgain) {
  static tg_result answer;
  callbacks_.start = [](void *) { return answer; };
  Service &service = make("S");
  answer = TG_E_SYSTEM;
  service.start({});
  EXPECT_EQ(service.info().status, static_cast<std::uint32_t>(TG_STATUS_START_PENDING));
  host_.poll();
  EXPECT_EQ(service.info().status, static_cast<std::uint32_t>(TG_STATUS_FAILED));
  answer = TG_OK;
  service.start({});
  host_.poll();
  EXPECT_EQ(events(), (Numbers{25100, 25102, 25100, 25101}));
}

TEST_F(HostTest, OtherServices_RunOn) {
  Service &calls = started("CALLS"), &replica = started("REPLICA");
  const tg_ticket call = admit(calls);
  calls.drain(how(TG_INTENT_STOP, kNever, 0), {});
  EXPECT_NE(admit(replica), 0u);
  EXPECT_EQ(replica.info().status, static_cast<std::uint32_t>(TG_STATUS_RUNNING));
  EXPECT_FALSE(replica.release(call)) << "a ticket of another service";
  EXPECT_TRUE(calls.release(call));
}

TEST_F(HostTest, Names_AreChecked) {
  make("A-good.name_1");
  for (const char *bad : {"", "has space", "a/b", ".hidden", "new\nline", "\xc3\xa9"})
    EXPECT_EQ(code_of([&] { make(bad); }), TG_E_INVALID) << bad;
  EXPECT_EQ(code_of([&] { make(std::string(64, 'x')); }), TG_E_INVALID);
  EXPECT_EQ(code_of([&] { make("A-good.name_1"); }), TG_E_EXISTS);
  EXPECT_EQ(code_of([&] { host_.service("missing"); }), TG_E_NOT_FOUND);
}

TEST_F(HostTest, Close_WithLiveSessions_IsRefusedAndChangesNothing) {
  Service &service = started("S");
  const tg_ticket one = admit(service);
  EXPECT_EQ(code_of([&] { host_.close(); }), TG_E_BUSY);
  EXPECT_EQ(service.info().status, static_cast<std::uint32_t>(TG_STATUS_RUNNING));
  service.release(one);
  events();
  host_.close();
  EXPECT_EQ(events(), (Numbers{25049, 25050, 25130, 25003}));
}

TEST_F(HostTest, Wait_OnTheLoopItself_IsRefused) {
  host_.poll();
  EXPECT_EQ(code_of([&] { const WaitScope scope(host_.shared(), true); }), TG_E_MISUSE);
  EXPECT_EQ(code_of([&] { const WaitScope scope(host_.shared(), false); }), TG_OK) << "looking is allowed";
}

TEST_F(HostTest, Close_CalledBackTwice_ChangesNothing) {
  // A session told at the deadline is told again by a stop; the host may be told as often as it likes.
  Service &service = started("S");
  const tg_ticket one = admit(service);
  service.drain(how(TG_INTENT_STAY, kSecond, 5 * kSecond), {});
  pass_time(kSecond);
  service.stop_now({});
  host_.poll();
  EXPECT_EQ(told_, (std::vector<tg_ticket>{one, one}));
  EXPECT_TRUE(service.release(one));
}

TEST_F(HostTest, Close_AfterARestart_TellsNobodyWhoCameLater) {
  Service &service = started("S");
  const tg_ticket old = admit(service);
  service.stop_now({});
  service.start({});  // before the loop has turned to tell anybody
  const tg_ticket fresh = admit(service);
  host_.poll();
  EXPECT_EQ(told_, std::vector<tg_ticket>{});
  service.drain(how(TG_INTENT_STAY, kSecond, kSecond), {});
  clock_.advance(kSecond);
  service.resume(false, {});
  host_.poll();
  EXPECT_EQ(told_, std::vector<tg_ticket>{}) << "the deadline was over, but it was resumed first";
  service.release(old);
  service.release(fresh);
}

TEST_F(HostTest, RepeatedRequest_DoesNotTakeOverWhoAsked) {
  Service &service = started("S");
  const tg_ticket one = admit(service);
  Action ann, bob;
  ann.actor.assign("ann");
  bob.actor.assign("bob");
  service.drain(how(TG_INTENT_STOP, kNever, 0), ann);
  service.drain(how(TG_INTENT_STOP, kNever, 0), bob);
  EXPECT_EQ(code_of([&] { service.start(bob); }), TG_E_STATE);
  service.release(one);
  host_.poll();
  Event last;
  while (host_.events().next(seen_, last)) seen_ = last.sequence;
  EXPECT_EQ(last.number, static_cast<std::uint32_t>(TG_EVENT_STOPPED));
  EXPECT_EQ(last.action.actor.view(), "ann");
}

TEST_F(HostTest, DeadlineLeft_CountsDownToZero) {
  Service &service = started("S");
  const tg_ticket one = admit(service);
  service.drain(how(TG_INTENT_STAY, 10 * kSecond, 5 * kSecond), {});
  clock_.advance(4 * kSecond);
  EXPECT_EQ(service.info().deadline_left_ns, 6 * kSecond);
  pass_time(6 * kSecond);
  EXPECT_EQ(service.info().deadline_left_ns, 0u) << "the kill grace is no deadline";
  service.release(one);
}

}  // namespace
}  // namespace tidegate::sdk

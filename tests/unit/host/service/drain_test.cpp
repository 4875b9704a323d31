// Drains in time: announcement, notices, deadlines, stalls and ramps, on a clock that the test moves.

#include <set>

#include "drain_fixture.hpp"

namespace tidegate::sdk {
namespace {

TEST_F(DrainTest, Announced_IsNotReadyButAdmitsUntilArrivalsStop) {
  Service &service = started("S");
  EXPECT_TRUE(service.ready());
  events();
  service.drain(announced(), {});
  EXPECT_EQ(events(), (Numbers{25165, 25110}));
  EXPECT_FALSE(service.ready());
  EXPECT_EQ(service.info().status, TG_STATUS_PAUSE_PENDING);
  EXPECT_EQ(service.info().phase, TG_PHASE_ANNOUNCING);
  const tg_ticket late = admit(service);
  EXPECT_NE(late, 0u) << "it still admits";
  pass_time(kSecond);
  EXPECT_EQ(events(), Numbers{});
  pass_time(2 * kSecond);
  EXPECT_EQ(events(), (Numbers{25111, 25049})) << "nobody came for two seconds";
  EXPECT_EQ(admit(service), 0u);
  service.release(late);
  host_.poll();
  EXPECT_EQ(service.info().phase, TG_PHASE_DRAINED);
}

TEST_F(DrainTest, Announced_ArrivalsThatGoOn_AreShutOutAtItsMaximum) {
  Service &service = started("S");
  service.drain(announced(), {});
  events();
  for (int i = 0; i < 29; ++i) {
    ASSERT_TRUE(service.enter()) << "short work counts as an arrival";
    service.leave();
    pass_time(kSecond / 2);
    ASSERT_EQ(service.info().phase, TG_PHASE_ANNOUNCING);
  }
  pass_time(kSecond / 2);
  EXPECT_EQ(events(), (Numbers{25112, 25049, 25050}));
}

TEST_F(DrainTest, Announced_Resumed_WasNeverShut) {
  Service &service = started("S", 100);
  const tg_ticket one = admit(service);
  service.drain(announced(), {});
  events();
  service.resume(false, {});
  EXPECT_EQ(events(), (Numbers{25167, 25140, 25141})) << "nothing to ramp up";
  EXPECT_TRUE(service.ready());
  service.release(one);
}

TEST_F(DrainTest, WithoutAnnounceAndSessions_IsDoneAtOnce) {
  Service &service = started("S");
  events();
  service.drain({}, {});
  EXPECT_EQ(events(), (Numbers{25165, 25049, 25050})) << "no time has passed, nothing was polled";
}

TEST_F(DrainTest, Announced_AsLongAsTheDeadline_IsRefused) {
  Service &service = started("S");
  DrainOptions options = announced(15 * kSecond);
  options.announce_max = 15 * kSecond;
  EXPECT_EQ(code_of([&] { service.drain(options, {}); }), TG_E_INVALID);
  EXPECT_EQ(service.info().status, TG_STATUS_RUNNING);
  options.announce_max = 0;
  EXPECT_EQ(service.drain(options, {}), TG_OK) << "what was not asked for is at most half of the deadline";
  for (int i = 0; i < 8; ++i) {
    ASSERT_EQ(service.info().phase, TG_PHASE_ANNOUNCING) << i;
    EXPECT_TRUE(service.enter());
    service.leave();
    pass_time(kSecond);
  }
  EXPECT_EQ(service.info().phase, TG_PHASE_DRAINED);
}

TEST_F(DrainTest, Notices_ReachEveryoneOnceInTheFirstQuarter) {
  Service &service = started("S");
  std::vector<tg_ticket> tickets;
  for (int i = 0; i < 4; ++i) tickets.push_back(admit(service));
  service.drain(with(TG_DEADLINE_FORCE, 40 * kSecond), {});
  host_.poll();
  EXPECT_LT(asked_.size(), 4u) << "not all at once";
  for (int i = 0; i < 10; ++i) pass_time(kSecond);
  EXPECT_EQ(std::set<tg_ticket>(asked_.begin(), asked_.end()), std::set<tg_ticket>(tickets.begin(), tickets.end()));
  EXPECT_EQ(asked_.size(), 4u) << "each once";
  EXPECT_LE(left_, 40 * kSecond);
  EXPECT_EQ(service.info().told, 4u);
  for (int i = 0; i < 20; ++i) pass_time(kSecond);
  EXPECT_EQ(asked_.size(), 4u);
  int marked = 0;
  service.for_each_session([&](const tg_session_info &session) {
    marked += (session.flags & TG_SESSION_TOLD) != 0;
    return true;
  });
  EXPECT_EQ(marked, 4);
  for (const tg_ticket ticket : tickets) service.release(ticket);
  host_.poll();
}

TEST_F(DrainTest, Notices_ReachTheIdleFirst) {
  Service &service = started("S");
  std::vector<tg_ticket> tickets;
  for (int i = 0; i < 4; ++i) tickets.push_back(admit(service));
  const std::set<tg_ticket> idle{tickets[1], tickets[3]};
  for (const tg_ticket ticket : idle) service.idle(ticket);
  service.drain({}, {});
  host_.poll();
  for (int i = 0; i < 40 && asked_.size() < 2; ++i) pass_time(kSecond);
  EXPECT_EQ(std::set<tg_ticket>(asked_.begin(), asked_.end()), idle);
  for (int i = 0; i < 40; ++i) pass_time(kSecond);
  EXPECT_EQ(asked_.size(), 4u) << "then the others";
  for (const tg_ticket ticket : tickets) service.release(ticket);
  host_.poll();
}

TEST_F(DrainTest, Notices_AfterAResume_StopAndAreForgottenInTheNextDrain) {
  Service &service = started("S");
  const tg_ticket one = admit(service);
  service.drain({}, {});
  for (int i = 0; i < 40; ++i) pass_time(kSecond);
  ASSERT_EQ(asked_.size(), 1u);
  EXPECT_TRUE(service.acknowledge(one));
  service.resume(false, {});
  service.drain({}, {});
  service.for_each_session([&](const tg_session_info &session) {
    EXPECT_EQ(session.flags, 0u) << "that was another drain";
    return true;
  });
  for (int i = 0; i < 40; ++i) pass_time(kSecond);
  EXPECT_EQ(asked_.size(), 2u);
  service.release(one);
  host_.poll();
}

TEST_F(DrainTest, Notices_WhenASoonerDeadlineJoins_ReachEveryoneBeforeIt) {
  Service &service = started("S");
  std::vector<tg_ticket> tickets;
  for (int i = 0; i < 4; ++i) tickets.push_back(admit(service));
  service.drain({}, {});
  host_.poll();
  ASSERT_EQ(asked_.size(), 1u);
  EXPECT_EQ(left_, TG_FOREVER);
  service.drain(with(TG_DEADLINE_FORCE, 2 * kSecond), {});
  for (int i = 0; i < 10; ++i) pass_time(kSecond / 10);
  EXPECT_EQ(std::set(asked_.begin(), asked_.end()).size(), 4u) << "in the first half of the time";
  EXPECT_EQ(asked_.size(), 5u) << "FINDINGS L6: the first is told again, as it knew of no deadline";
  EXPECT_LE(left_, 2 * kSecond);
  EXPECT_TRUE(told_.empty());
  for (const tg_ticket ticket : tickets) service.release(ticket);
  host_.poll();
}

TEST_F(DrainTest, Notices_ReachSessionsThatAreAdmittedAfterTheyBegan_WithinASecond) {  // FINDINGS L6
  Service &service = started("S");
  const tg_ticket first = admit(service);
  DrainOptions with_key;
  with_key.flags = TG_DRAIN_AFFINITY | TG_DRAIN_EMERGENCY;
  with_key.deadline = 60 * kSecond;
  service.drain(with_key, {});
  for (int i = 0; i < 30; ++i) pass_time(kSecond);
  ASSERT_EQ(asked_, std::vector<tg_ticket>{first}) << "the notices are over";
  tg_request request = TG_INIT(tg_request);
  tg_verdict verdict = TG_INIT(tg_verdict);
  request.session_class = TG_CLASS_EMERGENCY;
  std::vector<tg_ticket> late;
  for (int i = 0; i < 2; ++i) {
    late.push_back(service.admit(request, verdict));
    ASSERT_NE(late.back(), 0u);
    host_.poll();
    pass_time(kSecond);
    EXPECT_EQ(asked_.size(), 2u + static_cast<std::size_t>(i)) << "a session that came late is asked within a second";
    EXPECT_EQ(asked_.back(), late.back());
    EXPECT_LE(left_, 30 * kSecond);
  }
  EXPECT_EQ(service.info().told, 3u);
  for (const tg_ticket ticket : {first, late[0], late[1]}) service.release(ticket);
  host_.poll();
}

TEST_F(DrainTest, Close_OfASessionThatWasNotAsked_ComesAfterItsNotice) {  // FINDINGS L6
  for (const bool now : {false, true}) {
    Service &service = started(now ? "NOW" : "DEADLINE");
    std::vector<tg_ticket> tickets;
    for (int i = 0; i < 2; ++i) tickets.push_back(admit(service));
    asked_.clear(), told_.clear();
    DrainOptions unasked = with(TG_DEADLINE_FORCE, kSecond);
    unasked.notice_window = TG_OFF;
    now ? service.stop_now({}) : service.drain(unasked, {});
    host_.poll();
    if (!now) pass_time(kSecond);
    EXPECT_EQ(asked_.size(), 2u) << "no session is closed that was not asked";
    EXPECT_EQ(told_.size(), 2u);
    EXPECT_EQ(left_, 0u);
    for (const tg_ticket ticket : tickets) service.release(ticket);
    host_.poll();
  }
}

/// A service that others need closes without a deadline of its own.
TEST_F(DrainTest, Close_BeforeTheNoticesOfADrainWithoutADeadline_LeavesThemNoTime) {  // FINDINGS L6
  Service &needed = host_.add_service(service_options("NEEDED"));
  Service &user = host_.add_service(service_options("USER"));
  user.need(needed);
  host_.start({}, {});
  host_.poll();
  const tg_ticket one = admit(needed);
  DrainOptions stop;
  stop.intent = TG_INTENT_STOP;
  host_.drain({}, stop, {});
  needed.stop_now({});  // the notices of the drain have not been given yet
  left_ = TG_FOREVER;
  host_.poll();
  EXPECT_EQ(asked_, std::vector<tg_ticket>{one});
  EXPECT_EQ(left_, 0u) << "a session that is told to close next must not hear that there is no deadline";
  EXPECT_EQ(told_, std::vector<tg_ticket>{one});
  needed.release(one);
  host_.poll();
}

TEST_F(DrainTest, KillGrace_CountsFromTheMomentWhenTheSessionsWereTold) {  // FINDINGS L4
  callbacks_.close = [](void *user, tg_ticket, std::uint64_t) { take_time(user, 6 * kSecond); };
  Service &service = started("S");
  const tg_ticket one = admit(service);
  service.drain(how(TG_INTENT_STAY, kSecond, 5 * kSecond), {});
  pass_time(kSecond);
  EXPECT_EQ(service.info().status, TG_STATUS_PAUSED) << "telling it took longer than its grace";
  EXPECT_NE(text_of(TG_EVENT_CALLBACK_LATE).find("close took long"), std::string::npos) << "a loop that stood still says why";
  pass_time(5 * kSecond - 1);
  EXPECT_EQ(service.info().status, TG_STATUS_PAUSED);
  pass_time(1);
  EXPECT_EQ(service.info().status, TG_STATUS_FAILED);
  service.release(one);
  host_.poll();
}

TEST_F(DrainTest, Hold_FollowsTheWallClockWithinASecond) {  // FINDINGS L8
  Service &service = started("S");
  DrainOptions for_an_hour;
  for_an_hour.hold = TG_HOLD_UNTIL_TIME;
  for_an_hour.hold_until_unix = clock_.unix_ns() + static_cast<std::int64_t>(3600 * kSecond);
  service.drain(for_an_hour, by("alice"));
  pass_time(kSecond);
  ASSERT_EQ(service.info().status, TG_STATUS_PAUSED);
  clock_.set_wall_clock(-static_cast<std::int64_t>(1800 * kSecond));
  for (int i = 0; i < 3700; ++i) pass_time(kSecond);
  EXPECT_EQ(service.info().status, TG_STATUS_PAUSED) << "it was set back by half an hour";
  EXPECT_LE(service.attend(), clock_.monotonic() + kSecond) << "the clock is looked at each second";
  clock_.set_wall_clock(static_cast<std::int64_t>(1800 * kSecond));
  pass_time(kSecond);
  EXPECT_EQ(service.info().status, TG_STATUS_RUNNING);
}

TEST_F(DrainTest, Announced_OutOfARamp_GoesOnWithTheRamp) {  // FINDINGS L2
  Service::Options options = service_options("S", 100);
  options.config.ramp = 30 * kSecond;
  Service &service = started(options);
  service.drain({}, by("alice"));
  service.resume(false, by("alice"));
  ASSERT_EQ(service.info().limit, 10u);
  service.drain(announced(), by("alice"));
  ASSERT_EQ(service.info().phase, TG_PHASE_ANNOUNCING);
  service.admit(TG_INIT(tg_request), verdict_);
  pass_time(kSecond);
  service.admit(TG_INIT(tg_request), verdict_);
  pass_time(kSecond);
  ASSERT_EQ(service.info().phase, TG_PHASE_ANNOUNCING);
  EXPECT_GT(service.info().limit, 12u) << "it admits as before until the gate is shut";
}

TEST_F(DrainTest, Notices_Off_AskNobody) {
  Service &service = started("S");
  const tg_ticket one = admit(service);
  DrainOptions quiet;
  quiet.notice_window = TG_OFF;
  service.drain(quiet, {});
  for (int i = 0; i < 40; ++i) pass_time(kSecond);
  EXPECT_TRUE(asked_.empty());
  service.release(one);
  host_.poll();
}

TEST_F(DrainTest, Stalled_NamesTheOldestOnce) {
  Service &service = started("S");
  const tg_ticket one = admit(service);
  clock_.advance(10 * kSecond);
  const tg_ticket two = admit(service);
  DrainOptions quiet;
  quiet.notice_window = TG_OFF;
  service.drain(quiet, {});
  events();
  for (int i = 0; i < 200; ++i) pass_time(kSecond);
  EXPECT_EQ(events(), Numbers{25120});
  EXPECT_EQ(text_of(25120), "drain stalled: 2 sessions left, the oldest with tag 0 for 70 s");
  service.release(two);
  for (int i = 0; i < 200; ++i) pass_time(kSecond);
  EXPECT_EQ(events(), Numbers{25120}) << "once more, after somebody had left";
  service.release(one);
  host_.poll();
}

TEST_F(DrainTest, DeadlineWait_SaysSoAndWaits) {
  Service &service = started("S");
  const tg_ticket one = admit(service);
  service.drain(with(TG_DEADLINE_WAIT, 5 * kSecond), {});
  events();
  pass_time(5 * kSecond);
  const Numbers seen = events();
  EXPECT_EQ(std::ranges::count(seen, TG_EVENT_DEADLINE_WAIT), 1);
  EXPECT_TRUE(told_.empty());
  EXPECT_EQ(service.info().deadline_left_ns, TG_FOREVER);
  EXPECT_NE(admit(service, TG_KIND_CHILD, one), 0u) << "it goes on draining";
  service.for_each_session([&](const tg_session_info &session) {
    service.release(session.ticket);
    return true;
  });
  host_.poll();
  EXPECT_EQ(service.info().phase, TG_PHASE_DRAINED);
}

TEST_F(DrainTest, DeadlineResume_LiftsOnlyItsOwnHold) {
  Service &service = started("S");
  const tg_ticket one = admit(service);
  service.drain({}, by("bob"));
  service.drain(with(TG_DEADLINE_RESUME, 5 * kSecond), by("alice"));
  pass_time(5 * kSecond);
  EXPECT_EQ(service.info().status, TG_STATUS_PAUSED) << "bob holds it";
  EXPECT_EQ(service.holds().size(), 1u);
  service.resume(false, by("bob"));
  EXPECT_EQ(service.info().status, TG_STATUS_RUNNING);
  service.drain(with(TG_DEADLINE_RESUME, 5 * kSecond), by("alice"));
  pass_time(5 * kSecond);
  EXPECT_EQ(service.info().status, TG_STATUS_RUNNING);
  service.release(one);
}

TEST_F(DrainTest, DeadlineStop_StopsWithSessionsLeft) {
  Service &service = started("S");
  const tg_ticket one = admit(service);
  service.drain(with(TG_DEADLINE_STOP, 5 * kSecond), {});
  events();
  pass_time(5 * kSecond);
  const Numbers seen = events();
  EXPECT_EQ(Numbers(seen.end() - 3, seen.end()), (Numbers{25121, 25125, 25003}));
  EXPECT_EQ(told_, std::vector<tg_ticket>{one});
  service.release(one);
  host_.poll();
  EXPECT_EQ(events(), Numbers{}) << "and no 25050";
}

TEST_F(DrainTest, KillGraceOver_FailsAndLaterReleasesComplete) {
  Service &service = started("S");
  const tg_ticket one = admit(service);
  service.drain(how(TG_INTENT_STOP, kSecond, kSecond), {});
  pass_time(kSecond);
  pass_time(kSecond);
  EXPECT_EQ(service.info().status, TG_STATUS_FAILED);
  EXPECT_EQ(code_of([&] { service.start({}); }), TG_E_BUSY);
  events();
  service.release(one);
  host_.poll();
  EXPECT_EQ(events(), (Numbers{25128, 25050, 25130, 25003}));
  EXPECT_EQ(service.start({}), TG_OK);
}

TEST_F(DrainTest, Ramp_LetsInMoreAndMore) {
  Service::Options options = service_options("S", 3);
  options.config.ramp = 30 * kSecond;
  options.config.ramp_from_percent = 34;
  Service &service = started(options);
  service.drain({}, {});
  events();
  service.resume(false, {});
  EXPECT_EQ(events(), (Numbers{25167, 25140}));
  EXPECT_EQ(service.info().phase, TG_PHASE_RAMPING);
  EXPECT_TRUE(service.ready()) << "open, then ready";
  std::vector<tg_ticket> in{admit(service)};
  EXPECT_EQ(refused(service).reason, TG_REASON_RAMP);
  for (int i = 0; i < 18; ++i) pass_time(kSecond);
  in.push_back(admit(service));
  EXPECT_NE(in.back(), 0u);
  EXPECT_EQ(service.info().limit, 2u);
  EXPECT_EQ(refused(service).reason, TG_REASON_RAMP);
  for (int i = 0; i < 17; ++i) pass_time(kSecond);
  EXPECT_EQ(service.info().status, TG_STATUS_RUNNING);
  in.push_back(admit(service));
  EXPECT_EQ(refused(service).reason, TG_REASON_LIMIT);
  for (const tg_ticket ticket : in) EXPECT_TRUE(service.release(ticket));
}

}  // namespace
}  // namespace tidegate::sdk

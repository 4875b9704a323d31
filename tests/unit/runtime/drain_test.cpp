// Drains in time: announcement, notices, deadlines, stalls, ramps and holds, on a clock that the test moves.

#include <set>

#include "host_fixture.hpp"

namespace tidegate::sdk {
namespace {

class DrainTest : public HostTest {
 protected:
  DrainTest() {
    callbacks_.notice = [](void *user, tg_ticket ticket, std::uint64_t, std::uint64_t left) {
      auto &test = *static_cast<DrainTest *>(static_cast<HostTest *>(user));
      test.asked_.push_back(ticket);
      test.left_ = left;
    };
  }

  /// A drain that announces itself.
  static DrainOptions announced(Nanos deadline = 0) {
    DrainOptions options;
    options.flags = TG_DRAIN_ANNOUNCE;
    options.deadline = deadline;
    return options;
  }
  static DrainOptions with(std::uint32_t at_deadline, Nanos deadline) {
    DrainOptions options;
    options.at_deadline = at_deadline;
    options.deadline = deadline;
    return options;
  }
  std::string text_of(std::uint32_t number) {
    std::string text;
    Event event;
    for (std::uint64_t after = 0; host_.events().next(after, event); after = event.sequence)
      if (event.number == number) text = event.text.view();
    return text;
  }

  /// Where the refused are sent.
  static std::string target(Service &service) {
    const tg_verdict verdict = refused(service);
    return {verdict.redirect.ptr, verdict.redirect.len};
  }

  std::vector<tg_ticket> asked_;
  std::uint64_t left_ = 0;
};

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
  service.drain(with(TG_DEADLINE_FORCE, 2 * kSecond), {});
  for (int i = 0; i < 19; ++i) pass_time(kSecond / 10);
  EXPECT_EQ(asked_.size(), 4u);
  EXPECT_TRUE(told_.empty());
  for (const tg_ticket ticket : tickets) service.release(ticket);
  host_.poll();
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

TEST_F(DrainTest, Holds_OfTwo_OpenOnlyWhenBothResume) {
  Service &service = started("S");
  EXPECT_EQ(service.drain({}, by("alice")), TG_OK);
  EXPECT_EQ(service.drain({}, by("bob")), TG_OK) << "the same drain, another hold";
  EXPECT_EQ(code_of([&] { service.resume(false, by("carol")); }), TG_E_HELD);
  EXPECT_EQ(service.resume(false, by("alice")), TG_HELD);
  EXPECT_EQ(service.info().status, TG_STATUS_PAUSED);
  EXPECT_EQ(service.resume(false, by("bob")), TG_OK);
  EXPECT_EQ(service.info().status, TG_STATUS_RUNNING);
}

TEST_F(DrainTest, Holds_AllLifted_IsRecorded) {
  Service &service = started("S");
  service.drain({}, by("alice"));
  service.drain({}, by("bob"));
  events();
  EXPECT_EQ(service.resume(true, by("root")), TG_OK);
  EXPECT_EQ(events(), (Numbers{25168, 25140, 25141}));
}

TEST_F(DrainTest, Hold_UntilATime_ExpiresByItself) {
  Service &service = started("S");
  DrainOptions options;
  options.hold = TG_HOLD_UNTIL_TIME;
  options.hold_until_unix = clock_.unix_ns() + static_cast<std::int64_t>(60 * kSecond);
  service.drain(options, by("alice"));
  pass_time(59 * kSecond);
  EXPECT_EQ(service.info().status, TG_STATUS_PAUSED);
  events();
  pass_time(kSecond);
  EXPECT_EQ(events(), (Numbers{25166, 25140, 25141}));
  EXPECT_EQ(service.info().status, TG_STATUS_RUNNING);
}

TEST_F(DrainTest, Hold_OutlivesStopAndStart) {
  Service &service = started("S");
  service.drain({}, by("alice"));
  service.drain(how(TG_INTENT_STOP), by("bob"));
  ASSERT_EQ(service.info().status, TG_STATUS_STOPPED);
  events();
  service.start(by("bob"));
  EXPECT_EQ(events(), (Numbers{25100, 25169, 25049, 25050}));
  EXPECT_EQ(service.info().status, TG_STATUS_PAUSED);
  ASSERT_EQ(service.holds().size(), 1u) << "bob's ended with the stop";
  service.resume(false, by("alice"));
  EXPECT_EQ(service.info().status, TG_STATUS_RUNNING);
}

TEST_F(DrainTest, Hold_OfWhoPausesAndThenStops_OutlivesBoth) {
  Service &service = started("S");
  service.drain({}, by("alice"));
  service.drain(how(TG_INTENT_STOP), by("alice"));
  ASSERT_EQ(service.info().status, TG_STATUS_STOPPED);
  service.start(by("bob"));
  EXPECT_EQ(service.info().status, TG_STATUS_PAUSED);
}

TEST_F(DrainTest, StartPaused_IsOpenedByAnybody) {
  Service::Options options = service_options("S");
  options.config.start_paused = true;
  Service &service = started(options);
  EXPECT_EQ(service.info().phase, TG_PHASE_DRAINED);
  EXPECT_EQ(admit(service), 0u);
  service.resume(false, by("anybody"));
  EXPECT_NE(admit(service), 0u);
  service.for_each_session([&](const tg_session_info &session) { return service.release(session.ticket), false; });
}

TEST_F(DrainTest, Replace_GivesTimeBack) {
  Service &service = started("S");
  const tg_ticket one = admit(service);
  service.drain(with(TG_DEADLINE_FORCE, 5 * kSecond), {});
  EXPECT_EQ(code_of([&] { service.drain(with(TG_DEADLINE_FORCE, 60 * kSecond), {}); }), TG_E_CONFLICT);
  DrainOptions later = with(TG_DEADLINE_FORCE, 60 * kSecond);
  later.flags = TG_DRAIN_REPLACE;
  EXPECT_EQ(service.drain(later, {}), TG_OK);
  pass_time(59 * kSecond);
  EXPECT_EQ(service.info().phase, TG_PHASE_DRAINING);
  pass_time(kSecond);
  EXPECT_EQ(service.info().phase, TG_PHASE_CLOSING);
  service.release(one);
  host_.poll();
}

TEST_F(DrainTest, Restart_StopsAndStarts) {
  Service &service = started("S");
  const tg_ticket one = admit(service);
  service.drain(how(TG_INTENT_RESTART), by("alice"));
  EXPECT_TRUE(service.holds().empty()) << "a restart holds nothing";
  events();
  service.release(one);
  host_.poll();
  EXPECT_EQ(events(), (Numbers{25050, 25130, 25003, 25100, 25101}));
  EXPECT_NE(admit(service), 0u);
  service.for_each_session([&](const tg_session_info &session) { return service.release(session.ticket), false; });
}

TEST_F(DrainTest, Redirect_EndsWithItsDrain) {
  Service &service = started("S", 1);
  DrainOptions there = how(TG_INTENT_RESTART);
  there.redirect = "sip:there@example.org";
  service.drain(there, {});
  ASSERT_EQ(service.info().status, TG_STATUS_RUNNING) << "nobody was inside";
  const tg_ticket one = admit(service);
  EXPECT_EQ(target(service), "");
  service.release(one);

  there.intent = TG_INTENT_STOP;
  service.drain(how(TG_INTENT_STOP), {});
  service.drain(there, {});
  EXPECT_EQ(target(service), "") << "there is nothing to drain";
}

TEST_F(DrainTest, Redirect_OfAStop_EndsAlsoWhereItStartsPaused) {
  Service::Options options = service_options("S");
  options.config.start_paused = true;
  Service &service = started(options);
  DrainOptions there = how(TG_INTENT_STOP);
  there.redirect = "sip:there@example.org";
  service.drain(there, {});
  EXPECT_EQ(target(service), "sip:there@example.org");
  service.start({});
  EXPECT_EQ(target(service), "");
}

TEST_F(DrainTest, Redirect_OfADrainThatIsRefused_IsNotTaken_AndReplacedIsTheServicesOwn) {
  Service::Options options = service_options("S");
  options.redirect = "sip:own@example.org";
  Service &service = started(options);
  const tg_ticket one = admit(service);
  DrainOptions first = how(TG_INTENT_STOP), second;
  first.redirect = "sip:first@example.org";
  second.redirect = "sip:second@example.org";
  service.drain(first, {});
  EXPECT_EQ(code_of([&] { service.drain(second, {}); }), TG_E_CONFLICT);
  EXPECT_EQ(target(service), "sip:first@example.org");
  service.drain(how(TG_INTENT_STOP), {});
  EXPECT_EQ(target(service), "sip:first@example.org") << "the same drain";
  DrainOptions replacing;
  replacing.flags = TG_DRAIN_REPLACE;
  service.drain(replacing, {});
  EXPECT_EQ(target(service), "sip:own@example.org");
  service.release(one);
  host_.poll();
}

TEST_F(DrainTest, Usual_OptionsOfTheService_AreUsedWhereADrainSaysNothing) {
  Service::Options options = service_options("S");
  options.drain.deadline = 5 * kSecond;
  options.drain.at_deadline = TG_DEADLINE_WAIT;
  Service &service = started(options);
  const tg_ticket one = admit(service);
  service.drain({}, {});
  EXPECT_EQ(service.info().deadline_left_ns, 5 * kSecond);
  EXPECT_EQ(service.info().at_deadline, TG_DEADLINE_WAIT);
  service.resume(false, {});
  DrainOptions none;
  none.deadline = TG_OFF;
  service.drain(none, {});
  EXPECT_EQ(service.info().deadline_left_ns, TG_FOREVER);
  service.release(one);
  host_.poll();
}

TEST_F(DrainTest, WaitHintAndCheckpoint_SayThatItGoesOn) {
  Service &service = started("S");
  const tg_ticket one = admit(service), two = admit(service);
  service.drain(with(TG_DEADLINE_FORCE, 10 * kSecond), {});
  EXPECT_EQ(service.info().wait_hint_ns, 15 * kSecond) << "deadline and kill grace";
  const std::uint64_t before = service.info().checkpoint;
  service.release(one);
  EXPECT_EQ(service.info().checkpoint, before + 1);
  service.release(two);
  host_.poll();
}

TEST_F(DrainTest, Options_ThatContradictThemselves_AreRefused) {
  Service &service = started("S");
  const auto refused = [&](auto &&set) {
    DrainOptions options;
    set(options);
    const tg_result code = code_of([&] { service.drain(options, {}); });
    EXPECT_EQ(service.info().status, TG_STATUS_RUNNING);
    return code;
  };
  EXPECT_EQ(refused([](DrainOptions &o) { o.intent = 9; }), TG_E_INVALID);
  EXPECT_EQ(refused([](DrainOptions &o) { o.at_deadline = 9; }), TG_E_INVALID);
  EXPECT_EQ(refused([](DrainOptions &o) { o.at_deadline = TG_DEADLINE_WAIT; }), TG_E_INVALID) << "there is none";
  EXPECT_EQ(refused([](DrainOptions &o) { o.hold = 9; }), TG_E_INVALID);
  EXPECT_EQ(refused([](DrainOptions &o) { o.hold = TG_HOLD_UNTIL_TIME; }), TG_E_INVALID);
  EXPECT_EQ(refused([](DrainOptions &o) { o.hold = TG_HOLD_UNTIL_TIME, o.hold_until_unix = 1; }), TG_E_INVALID);
  EXPECT_EQ(refused([](DrainOptions &o) { o.hold_until_unix = INT64_MAX; }), TG_E_INVALID);
  EXPECT_EQ(refused([](DrainOptions &o) { o.flags = 1u << 31; }), TG_E_TOO_NEW);
  EXPECT_EQ(refused([](DrainOptions &o) {
              o.flags = TG_DRAIN_ANNOUNCE;
              o.announce_min = 2 * kSecond;
              o.announce_max = kSecond;
            }),
            TG_E_INVALID);
  EXPECT_EQ(refused([](DrainOptions &o) { o.redirect = "two words"; }), TG_E_INVALID);
  EXPECT_EQ(refused([](DrainOptions &o) { o.redirect = std::string(300, 'x'); }), TG_E_INVALID);
}

}  // namespace
}  // namespace tidegate::sdk

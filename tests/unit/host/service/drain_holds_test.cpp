// Drains and who asked for them: holds, replacing, restarting, redirects, options.

#include "drain_fixture.hpp"

namespace tidegate::sdk {
namespace {

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

TEST_F(DrainTest, Texts_OfHoldsAndDeadlines_SayUntilWhenAndByWhom) {
  Service &service = started("S");
  const tg_ticket one = admit(service);
  DrainOptions timed;
  timed.hold = TG_HOLD_UNTIL_TIME;
  timed.hold_until_unix = static_cast<std::int64_t>(86400 * kSecond);
  service.drain(timed, by("alice"));
  EXPECT_EQ(text_of(TG_EVENT_HOLD_PLACED), "hold placed until 1970-01-02 00:00:00 UTC; 1 actor holds it");
  Action bob = by("bob");
  bob.reason.assign("kernel patch");
  service.drain(with(TG_DEADLINE_FORCE, 5400 * kSecond), bob);
  EXPECT_EQ(text_of(TG_EVENT_HOLD_PLACED), "hold placed until resumed; 2 actors hold it");
  EXPECT_EQ(text_of(TG_EVENT_DRAIN_MERGED), "drain made stricter: deadline in 1 h 30 min, then force");
  DrainOptions laxer;
  laxer.flags = TG_DRAIN_REPLACE;
  service.drain(laxer, bob);
  EXPECT_EQ(text_of(TG_EVENT_DRAIN_REPLACED), "drain replaced: no deadline");
  service.release(one);
  host_.poll();
  service.stop_now({});
  host_.poll();
  service.start({});
  host_.poll();
  EXPECT_EQ(text_of(TG_EVENT_STARTED_PAUSED), "started paused: held by alice, bob (kernel patch)");
  service.resume(false, by("alice"));
  EXPECT_EQ(text_of(TG_EVENT_HOLD_LIFTED), "hold lifted: 1 other actor holds it");
  service.resume(false, bob);
  EXPECT_EQ(text_of(TG_EVENT_HOLD_LIFTED), "hold lifted: no actor holds it now");
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

// The end of a host, on a manual clock and the test's own loop: FINDINGS L1.

#include "host_fixture.hpp"

namespace tidegate::sdk {
namespace {

class HostEndTest : public HostTest {
 protected:
  static DrainOptions then(std::uint32_t intent, std::uint32_t at_deadline, Nanos deadline) {
    DrainOptions options = how(intent, deadline);
    options.at_deadline = at_deadline;
    return options;
  }
  static DrainOptions replacing(DrainOptions options) {
    options.flags |= TG_DRAIN_REPLACE;
    return options;
  }
};

TEST_F(HostEndTest, Terminate_EscalatesEachTime) {
  Service &a = started("A"), &b = started("B");
  const tg_ticket in_a = admit(a), in_b = admit(b);
  events();
  EXPECT_EQ(host_.terminate({}, by("SIGTERM")), TG_OK);
  EXPECT_EQ(a.info().deadline_left_ns, 20 * kSecond) << "with the kill grace less than supervisors wait";
  EXPECT_TRUE(a.holds().empty()) << "a signal holds nothing";
  EXPECT_TRUE(told_.empty());
  host_.terminate({}, by("SIGTERM"));
  pass_time(1);
  EXPECT_EQ(told_.size(), 2u) << "whoever is left is told to close";
  EXPECT_EQ(a.info().phase, TG_PHASE_CLOSING);
  a.release(in_a);
  host_.terminate({}, by("SIGTERM"));
  host_.poll();
  EXPECT_EQ(a.info().status, TG_STATUS_STOPPED);
  EXPECT_EQ(b.info().status, TG_STATUS_STOPPED) << "it is not waited for any more";
  b.release(in_b);
}

TEST_F(HostEndTest, Terminate_WhileOneStarts_StopsItOnceItHasStarted_AndDelaysNoOther) {  // FINDINGS L1
  Service &a = started("A");
  callbacks_.start = [](void *) -> tg_result { return TG_OK; };  // run by poll()
  Service &b = make("B"), &c = make("C");
  c.need(b);
  host_.start({{"B", "C"}, {}}, {});
  const tg_ticket in_a = admit(a);
  for (int times = 0; times < 3; ++times) EXPECT_EQ(host_.terminate({}, by("SIGTERM")), TG_OK);
  EXPECT_EQ(a.info().status, TG_STATUS_STOPPED) << "the third call waits for nothing, whatever another service does";
  EXPECT_EQ(b.info().status, TG_STATUS_START_PENDING);
  EXPECT_EQ(c.info().status, TG_STATUS_STOPPED) << "it was waiting for B";
  EXPECT_EQ(host_.wait(0), TG_E_TIMEOUT);
  events();
  host_.poll();
  EXPECT_EQ(b.info().status, TG_STATUS_STOPPED);
  EXPECT_EQ(events(), (Numbers{25130, 25003, 25161})) << "it has never been open";
  EXPECT_EQ(host_.wait(0), TG_OK);
  a.release(in_a);
}

TEST_F(HostEndTest, Terminate_DuringADrainThatWaits_EndsInAStop) {
  Service &a = started("A");
  const tg_ticket in_a = admit(a);
  a.drain(then(TG_INTENT_STAY, TG_DEADLINE_WAIT, kSecond / 2), by("alice"));
  EXPECT_EQ(host_.terminate(how(0, kSecond), by("SIGTERM")), TG_OK);
  pass_time(kSecond / 2);
  EXPECT_EQ(a.info().phase, TG_PHASE_DRAINING) << "nobody is waited for in vain";
  pass_time(kSecond / 2);
  EXPECT_EQ(a.info().phase, TG_PHASE_CLOSING) << "SIGTERM forces at one second";
  a.release(in_a);
  host_.poll();
  EXPECT_EQ(a.info().status, TG_STATUS_STOPPED);
}

TEST_F(HostEndTest, Terminate_DuringADrainThatResumes_IsNotCalledOff) {
  for (const std::uint32_t at_deadline : {TG_DEADLINE_FORCE, TG_DEADLINE_WAIT})
    for (const std::uint32_t intent : {TG_INTENT_STAY, TG_INTENT_STOP})
      for (const char *actor : {"alice", "SIGTERM"}) {
        Host host(options(), clock_);  // one for each, as each time it is told to end counts
        Service &a = host.add_service(service_options("A"));
        host.start({}, {});
        const tg_ticket in_a = admit(a);
        a.drain(then(intent, TG_DEADLINE_RESUME, 2 * kSecond), by(actor));
        EXPECT_EQ(host.terminate(then(0, at_deadline, 30 * kSecond), by("SIGTERM")), TG_OK);
        clock_.advance(2 * kSecond);
        host.poll();
        EXPECT_EQ(a.info().phase, TG_PHASE_DRAINING) << at_deadline << intent << actor;
        EXPECT_EQ(a.info().intent, TG_INTENT_STOP);
        a.release(in_a);
        host.poll();
        EXPECT_EQ(a.info().status, TG_STATUS_STOPPED);
      }
}

TEST_F(HostEndTest, Terminate_ThatWouldResumeAtItsDeadline_IsRefused) {  // FINDINGS L1
  Service &a = started("A");
  EXPECT_EQ(code_of([&] { host_.terminate(then(0, TG_DEADLINE_RESUME, kSecond), by("SIGTERM")); }), TG_E_INVALID);
  EXPECT_EQ(a.info().status, TG_STATUS_RUNNING) << "nothing has changed";
  a.drain(how(TG_INTENT_STAY), by("alice"));
  EXPECT_EQ(a.resume(false, by("alice")), TG_OK) << "the host does not end";
}

TEST_F(HostEndTest, Terminate_ThenADrainThatResumes_RefusesThat) {
  Service &a = started("A");
  const tg_ticket in_a = admit(a);
  EXPECT_EQ(host_.terminate({}, by("SIGTERM")), TG_OK);
  EXPECT_EQ(code_of([&] { a.drain(then(TG_INTENT_STAY, TG_DEADLINE_RESUME, kSecond), by("alice")); }), TG_E_CLOSING);
  EXPECT_EQ(a.info().deadline_left_ns, 20 * kSecond);
  a.release(in_a);
  host_.poll();
}

TEST_F(HostEndTest, Terminate_DuringAStricterDrain_LeavesThat) {
  Service &a = started("A");
  started("B");
  const tg_ticket in_a = admit(a);
  a.drain(how(TG_INTENT_STOP, 5 * kSecond), by("alice"));
  EXPECT_EQ(host_.terminate({}, by("SIGTERM")), TG_OK);
  EXPECT_EQ(a.info().deadline_left_ns, 5 * kSecond);
  a.release(in_a);
  host_.poll();
}

TEST_F(HostEndTest, Terminating_StartsResumesAndPutsOffNothing) {
  Service &a = started("A"), &b = started("B");
  make("DOWN");
  const tg_ticket in_a = admit(a);
  b.drain({}, by("alice"));
  host_.terminate({}, by("SIGTERM"));
  const auto refused = [&](auto &&call) { EXPECT_EQ(code_of(call), TG_E_CLOSING); };
  for (Service *service : host_.services()) {
    refused([&] { service->start({}); });
    refused([&] { service->resume(false, by("alice")); });
    refused([&] { service->resume({true, true}, by("alice")); });
    for (const std::uint32_t intent : {TG_INTENT_STAY, TG_INTENT_RESTART}) {
      refused([&] { service->drain(how(intent), by("alice")); });
      refused([&] { service->drain(replacing(how(intent, 60 * kSecond)), by("alice")); });
    }
    refused([&] { service->drain(replacing(how(TG_INTENT_STOP, 60 * kSecond)), by("alice")); });
  }
  refused([&] { host_.start({}, {}); });
  refused([&] { host_.resume({}, true, {}); });
  refused([&] { host_.drain({}, replacing(how(TG_INTENT_STOP, 60 * kSecond)), {}); });
  EXPECT_EQ(a.info().deadline_left_ns, 20 * kSecond);
  EXPECT_EQ(a.info().intent, TG_INTENT_STOP);
  EXPECT_EQ(b.info().status, TG_STATUS_STOPPED);
  pass_time(20 * kSecond);
  EXPECT_EQ(told_.size(), 1u);
  a.release(in_a);
  host_.poll();
  EXPECT_EQ(host_.wait(0), TG_OK);
}

TEST_F(HostEndTest, Terminating_GracefulStopIsWhatItDoesAnyway_AndASoonerOneJoins) {
  Service &a = started("A");
  const tg_ticket in_a = admit(a);
  host_.terminate({}, by("SIGTERM"));
  EXPECT_EQ(a.drain(how(TG_INTENT_STOP), by("alice")), TG_JOINED);
  EXPECT_EQ(a.drain(how(TG_INTENT_STOP, kSecond), by("alice")), TG_OK);
  EXPECT_EQ(a.info().deadline_left_ns, kSecond);
  try {
    a.drain(how(TG_INTENT_STOP, 60 * kSecond), by("bob"));
    ADD_FAILURE();
  } catch (const Fault &fault) {
    EXPECT_EQ(std::string(fault.what()).find("resume"), std::string::npos) << "what cannot be done is not advised: " << fault.what();
  }
  a.release(in_a);
  host_.poll();
}

TEST_F(HostEndTest, Terminating_NoHoldThatExpiresAndNoDeadlineOpensAService) {
  Service &a = started("A");
  const tg_ticket in_a = admit(a);
  DrainOptions timed = then(TG_INTENT_STAY, TG_DEADLINE_RESUME, 10 * kSecond);
  timed.hold = TG_HOLD_UNTIL_TIME;
  timed.hold_until_unix = clock_.unix_ns() + static_cast<std::int64_t>(5 * kSecond);
  a.drain(timed, by("alice"));
  host_.terminate(then(0, TG_DEADLINE_WAIT, 60 * kSecond), by("SIGTERM"));
  for (int i = 0; i < 70; ++i) {
    pass_time(kSecond);
    ASSERT_FALSE(a.ready());
    ASSERT_EQ(a.info().status, TG_STATUS_PAUSED);
  }
  a.release(in_a);
  host_.poll();
  EXPECT_EQ(host_.wait(0), TG_OK);
}

TEST_F(HostEndTest, Terminate_DuringARestart_EndsStopped) {
  Service &a = started("A");
  const tg_ticket in_a = admit(a);
  a.drain(how(TG_INTENT_RESTART), by("alice"));
  host_.terminate({}, by("SIGTERM"));
  a.release(in_a);
  host_.poll();
  EXPECT_EQ(a.info().status, TG_STATUS_STOPPED);
  EXPECT_EQ(host_.wait(0), TG_OK);
}

TEST_F(HostEndTest, Terminate_OfAServiceThatIsStopping_ToStartAgain_StopsIt) {
  callbacks_.stop = [](void *) {};  // run by poll()
  Service &a = started("A");
  a.drain(how(TG_INTENT_RESTART), by("alice"));
  ASSERT_EQ(a.info().status, TG_STATUS_STOP_PENDING);
  host_.terminate({}, by("SIGTERM"));
  host_.poll();
  EXPECT_EQ(a.info().status, TG_STATUS_STOPPED);
}

TEST_F(HostEndTest, Ended_IsSaidOnce_AlsoOfAHostWithoutAnyService) {
  EXPECT_EQ(host_.wait(0), TG_E_TIMEOUT) << "it was not told to end";
  host_.terminate({}, by("SIGTERM"));
  EXPECT_EQ(events(), (Numbers{25160, 25161}));
  host_.terminate({}, by("SIGTERM"));
  EXPECT_EQ(events(), Numbers{25160});
  EXPECT_EQ(host_.wait(0), TG_OK);
}

TEST_F(HostEndTest, Stopped_ByAnOperator_IsNoEndOfTheHost) {
  Service &a = started("A");
  a.drain(how(TG_INTENT_STOP), by("alice"));
  EXPECT_EQ(a.info().status, TG_STATUS_STOPPED);
  EXPECT_EQ(host_.wait(0), TG_E_TIMEOUT) << "the operator is about to start it again";
  a.start(by("alice"));
  EXPECT_EQ(a.info().status, TG_STATUS_RUNNING);
}

TEST_F(HostEndTest, L1_OneTermination_WithASessionThatWillNotEnd_EndsAfterDeadlineAndKillGrace) {
  Service &a = started("A");
  const tg_ticket in_a = admit(a);
  host_.terminate({}, by("SIGTERM"));
  pass_time(20 * kSecond);
  EXPECT_EQ(host_.wait(0), TG_E_TIMEOUT) << "it has its kill grace";
  pass_time(5 * kSecond);
  EXPECT_EQ(a.info().status, TG_STATUS_FAILED);
  EXPECT_EQ(host_.wait(0), TG_OK);
  a.release(in_a);
}

TEST_F(HostEndTest, Terminate_OfAStuckService_ThirdCallStopsIt) {
  Service &a = started("A");
  const tg_ticket in_a = admit(a);
  a.drain(how(TG_INTENT_STAY, kSecond, kSecond), by("alice"));
  pass_time(kSecond);
  pass_time(kSecond);
  ASSERT_EQ(a.info().status, TG_STATUS_FAILED);
  host_.terminate({}, by("SIGTERM"));
  EXPECT_EQ(host_.wait(0), TG_OK) << "a session that will not end keeps no server from ending (L1)";
  host_.terminate({}, by("SIGTERM"));
  EXPECT_EQ(a.info().status, TG_STATUS_FAILED);
  host_.terminate({}, by("SIGTERM"));
  host_.poll();
  EXPECT_EQ(a.info().status, TG_STATUS_STOPPED);
  EXPECT_EQ(host_.wait(0), TG_OK);
  a.release(in_a);
}

}  // namespace
}  // namespace tidegate::sdk

// Several services at once, and services that need each other.

#include "host_fixture.hpp"

namespace tidegate::sdk {
namespace {

class GroupTest : public HostTest {
 protected:
  /// Events of the named service and number, in order, as "S:25049".
  std::vector<std::string> story(std::initializer_list<std::uint32_t> numbers) {
    std::vector<std::string> out;
    Event event;
    for (; host_.events().next(seen_, event); seen_ = event.sequence)
      if (std::ranges::find(numbers, event.number) != numbers.end())
        out.push_back(std::string(event.service.view()) + ":" + std::to_string(event.number));
    return out;
  }
  using Story = std::vector<std::string>;

  static DrainOptions then(std::uint32_t intent, std::uint32_t at_deadline, Nanos deadline) {
    DrainOptions options = how(intent, deadline);
    options.at_deadline = at_deadline;
    return options;
  }
};

TEST_F(GroupTest, DrainAll_ThatJoinsAndGetsLess_SaysSo) {  // FINDINGS L3
  Service &a = started("A");
  started("B");
  const tg_ticket in_a = admit(a);
  EXPECT_EQ(a.drain(then(TG_INTENT_STAY, TG_DEADLINE_FORCE, kSecond), by("alice")), TG_OK);
  EXPECT_EQ(host_.drain({}, {}, by("bob")), TG_JOINED) << "without a deadline was asked for, and alice's stays";
  a.release(in_a);
  host_.poll();
}

TEST_F(GroupTest, DrainAll_ShutsAllBeforeAnyIsWaitedFor) {
  Service &a = started("A"), &b = started("B"), &c = started("C");
  const tg_ticket in_b = admit(b);
  EXPECT_EQ(host_.drain({{}, {"C"}}, {}, {}), TG_OK);
  EXPECT_EQ(a.info().phase, TG_PHASE_DRAINED);
  EXPECT_EQ(b.info().phase, TG_PHASE_DRAINING);
  EXPECT_EQ(c.info().status, TG_STATUS_RUNNING);
  b.release(in_b);
  host_.poll();
  EXPECT_EQ(b.info().phase, TG_PHASE_DRAINED);
}

TEST_F(GroupTest, UnknownName_ChangesNothing) {
  Service &a = started("A");
  EXPECT_EQ(code_of([&] { host_.drain({{}, {"NOPE"}}, {}, {}); }), TG_E_NOT_FOUND);
  EXPECT_EQ(code_of([&] { host_.drain({{"A", "NOPE"}, {}}, {}, {}); }), TG_E_NOT_FOUND);
  EXPECT_EQ(a.info().status, TG_STATUS_RUNNING);
}

TEST_F(GroupTest, OneThatIsRefused_ChangesNothingOfTheOthers) {
  Service &a = started("A"), &b = started("B");
  const tg_ticket in_b = admit(b);
  b.drain(how(TG_INTENT_STAY, kSecond), {});
  events();
  EXPECT_EQ(code_of([&] { host_.drain({}, how(TG_INTENT_STAY, 60 * kSecond), {}); }), TG_E_CONFLICT);
  EXPECT_EQ(a.info().status, TG_STATUS_RUNNING);
  EXPECT_TRUE(a.ready());
  EXPECT_EQ(events(), Numbers{});
  b.release(in_b);
  host_.poll();
}

TEST_F(GroupTest, TimeThatPassesMeanwhile_ChangesAllOrNothing) {
  constexpr Nanos kStep = 1'000'000;
  for (Nanos less = 0; less < 60 * kStep; less += kStep / 2) {
    const RestlessClock clock(kStep);
    Host host(options(), clock);
    Service &a = host.add_service(service_options("A")), &b = host.add_service(service_options("B"));
    host.start({}, {});
    const tg_ticket in_a = admit(a), in_b = admit(b);
    a.drain(how(TG_INTENT_STAY, 10 * kSecond), {});  // it is asked last
    const tg_result result = code_of([&] { host.drain({}, how(TG_INTENT_STAY, 10 * kSecond - less), {}); });
    EXPECT_EQ(b.info().status == TG_STATUS_RUNNING, result != TG_OK) << less;
    a.release(in_a);
    b.release(in_b);
    host.poll();
  }
}

TEST_F(GroupTest, Needs_ACycle_IsRefusedWithNothingChanged) {
  Service &a = make("A"), &b = make("B"), &c = make("C");
  a.need(b);
  b.need(c);
  EXPECT_EQ(code_of([&] { c.need(a); }), TG_E_INVALID);
  EXPECT_EQ(code_of([&] { a.need(a); }), TG_E_INVALID);
  EXPECT_EQ(host_.start({}, {}), TG_OK);
  EXPECT_EQ(story({25101}), (Story{"C:25101", "B:25101", "A:25101"})) << "what is needed first";
}

TEST_F(GroupTest, Needs_SaidWhileItRuns_IsRefused) {
  Service &a = started("A"), &b = make("B");
  EXPECT_EQ(code_of([&] { a.need(b); }), TG_E_STATE);
}

TEST_F(GroupTest, Start_BeforeWhatItNeeds_IsRefused) {
  Service &a = make("A"), &b = make("B");
  a.need(b);
  EXPECT_EQ(code_of([&] { a.start({}); }), TG_E_STATE);
  b.start({});
  EXPECT_EQ(a.start({}), TG_OK);
  EXPECT_EQ(a.info().status, TG_STATUS_RUNNING);
}

TEST_F(GroupTest, Start_WaitsForTheHookOfWhatItNeeds) {
  callbacks_.start = [](void *) -> tg_result { return TG_OK; };  // run by poll()
  Service &a = make("A"), &b = make("B");
  a.need(b);
  host_.start({}, {});
  EXPECT_EQ(a.info().status, TG_STATUS_START_PENDING);
  EXPECT_EQ(story({25100, 25103}), (Story{"B:25100", "A:25100", "A:25103"}));
  host_.poll();
  host_.poll();
  EXPECT_EQ(story({25101}), (Story{"B:25101", "A:25101"}));
}

TEST_F(GroupTest, Start_OfWhatItNeedsFails_FailsToo) {
  callbacks_.start = [](void *) -> tg_result { return TG_E_SYSTEM; };
  Service &a = make("A"), &b = make("B");
  a.need(b);
  host_.start({}, {});
  host_.poll();
  EXPECT_EQ(story({25102}), (Story{"B:25102", "A:25102"}));
}

TEST_F(GroupTest, Stop_OfWhatIsNeeded_IsRefusedUnlessBothAreAsked) {
  Service &a = make("A"), &b = make("B");
  a.need(b);
  host_.start({}, {});
  EXPECT_EQ(code_of([&] { b.drain(how(TG_INTENT_STOP), {}); }), TG_E_BUSY);
  EXPECT_EQ(code_of([&] { b.stop_now({}); }), TG_E_BUSY);
  EXPECT_EQ(b.drain({}, {}), TG_OK) << "a pause takes nothing away";
  b.resume(false, {});
  const tg_ticket in_a = admit(a);
  events();
  EXPECT_EQ(host_.drain({}, how(TG_INTENT_STOP), {}), TG_OK);
  host_.poll();
  EXPECT_EQ(story({25049, 25050, 25131, 25003}), (Story{"A:25049", "B:25049", "B:25050", "B:25131"}))
      << "B is drained and waits for A";
  a.release(in_a);
  host_.poll();
  host_.poll();
  EXPECT_EQ(story({25050, 25003}), (Story{"A:25050", "A:25003", "B:25003"}));
}

TEST_F(GroupTest, StopOfAll_StopsWhatFailedToStartToo) {
  Service &a = started("A");
  callbacks_.start = [](void *) -> tg_result { return TG_E_SYSTEM; };
  Service &b = started("B");
  ASSERT_EQ(b.info().status, TG_STATUS_FAILED);
  EXPECT_EQ(host_.drain({}, how(TG_INTENT_STAY), {}), TG_OK) << "nothing of it to drain";
  EXPECT_EQ(host_.drain({}, how(TG_INTENT_RESTART), {}), TG_OK);
  EXPECT_EQ(b.info().status, TG_STATUS_FAILED);
  EXPECT_EQ(host_.drain({}, how(TG_INTENT_STOP), {}), TG_OK);
  host_.poll();
  EXPECT_EQ(a.info().status, TG_STATUS_STOPPED);
  EXPECT_EQ(b.info().status, TG_STATUS_STOPPED);
}

TEST_F(GroupTest, ShutAhead_PermitsWhatTheDrainPermits) {
  Service &a = started("A");
  tg_request keyed = TG_INIT(tg_request), urgent = TG_INIT(tg_request);
  tg_verdict verdict = TG_INIT(tg_verdict);
  keyed.key = 7;
  std::vector<tg_ticket> in{a.admit(keyed, verdict)};
  DrainOptions options;
  options.flags = TG_DRAIN_AFFINITY | TG_DRAIN_EMERGENCY;
  {
    const std::lock_guard lock(host_.shared().control);
    a.shut_ahead(a.drain_input(options, {}).drain);
  }
  EXPECT_EQ(admit(a), 0u);
  keyed.kind = TG_KIND_AFFINITY;
  urgent.session_class = TG_CLASS_EMERGENCY;
  in.push_back(a.admit(keyed, verdict));
  EXPECT_NE(in.back(), 0u) << "its key is live";
  in.push_back(a.admit(urgent, verdict));
  EXPECT_NE(in.back(), 0u);
  host_.drain({}, options, {});
  in.push_back(a.admit(keyed, verdict));
  EXPECT_NE(in.back(), 0u) << "and so it stays";
  for (const tg_ticket ticket : in) a.release(ticket);
  host_.poll();
  EXPECT_EQ(a.info().phase, TG_PHASE_DRAINED);
}

TEST_F(GroupTest, Redirect_IsOfThoseThatDrain) {
  const auto target = [](Service &service) {
    const tg_verdict verdict = refused(service);
    return std::string(verdict.redirect.ptr, verdict.redirect.len);
  };
  Service &a = started("A"), &b = started("B", 1), &c = make("C");
  const tg_ticket in_a = admit(a);
  DrainOptions there = how(TG_INTENT_RESTART);
  there.redirect = "sip:there@example.org";
  EXPECT_EQ(host_.drain({}, there, {}), TG_OK);
  EXPECT_EQ(target(a), there.redirect);
  EXPECT_EQ(target(c), "") << "it is stopped";
  ASSERT_EQ(b.info().status, TG_STATUS_RUNNING) << "restarted at once";
  const tg_ticket in_b = admit(b);
  EXPECT_EQ(target(b), "");
  there.redirect = "sip:elsewhere@example.org";
  EXPECT_EQ(host_.terminate(there, by("SIGTERM")), TG_OK);
  EXPECT_EQ(target(a), there.redirect);
  EXPECT_EQ(target(b), there.redirect);
  a.release(in_a);
  b.release(in_b);
  host_.poll();
}

TEST_F(GroupTest, Restart_OfBoth_StopsAndStartsInOrder) {
  Service &a = make("A"), &b = make("B");
  a.need(b);
  host_.start({}, {});
  events();
  EXPECT_EQ(host_.drain({}, how(TG_INTENT_RESTART), {}), TG_OK);
  for (int i = 0; i < 4; ++i) host_.poll();
  EXPECT_EQ(story({25003, 25101}), (Story{"A:25003", "B:25003", "B:25101", "A:25101"}));
}

TEST_F(GroupTest, ResumeAll_OpensWhatIsNeededFirst) {
  Service &a = make("A"), &b = make("B");
  a.need(b);
  host_.start({}, {});
  host_.drain({}, {}, {});
  events();
  EXPECT_EQ(host_.resume({}, false, {}), TG_OK);
  EXPECT_EQ(story({25141}), (Story{"B:25141", "A:25141"}));
}

TEST_F(GroupTest, ResumeAll_OneIsHeldByAnother_ChangesNothing) {
  Service &a = started("A"), &b = started("B");
  host_.drain({}, {}, by("alice"));
  b.resume(false, by("alice"));
  b.drain({}, by("bob"));
  EXPECT_EQ(code_of([&] { host_.resume({}, false, by("alice")); }), TG_E_HELD);
  EXPECT_EQ(a.info().status, TG_STATUS_PAUSED);
  EXPECT_EQ(host_.resume({}, true, by("alice")), TG_OK);
  EXPECT_EQ(a.info().status, TG_STATUS_RUNNING);
  EXPECT_EQ(b.info().status, TG_STATUS_RUNNING);
}

TEST_F(GroupTest, ResumeAll_PassesOverWhatIsStarting) {
  Service &a = started("A");
  a.drain({}, by("alice"));
  callbacks_.start = [](void *) -> tg_result { return TG_OK; };  // run by poll()
  Service &b = make("B"), &c = make("C");
  b.need(c);
  host_.start({{"B", "C"}, {}}, {});
  EXPECT_EQ(host_.resume({}, false, by("alice")), TG_OK);
  EXPECT_EQ(a.info().status, TG_STATUS_RUNNING);
  EXPECT_EQ(b.info().status, TG_STATUS_START_PENDING);
}

}  // namespace
}  // namespace tidegate::sdk

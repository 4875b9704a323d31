// Drains, holds and groups through the C ABI and its C++ wrapper, with the steward at work.

#include <atomic>

#include "api_test.hpp"

namespace tidegate {
namespace {

class DrainApiTest : public ApiTest {
 protected:
  static DrainOptions by(std::string_view actor) {
    DrainOptions options;
    options.action = {actor, "for a test"};
    return options;
  }
};

TEST_F(DrainApiTest, Holds_AreListedOldestFirst) {
  const Service service = add("S");
  service.drain(by("alice"));
  DrainOptions timed = by("bob");
  timed.hold = TG_HOLD_UNTIL_TIME;
  timed.hold_until = std::chrono::system_clock::now() + std::chrono::hours(1);
  service.drain(timed);
  const std::vector<Hold> holds = service.holds();
  ASSERT_EQ(holds.size(), 2u);
  EXPECT_EQ(holds[0].actor, "alice");
  EXPECT_EQ(holds[0].reason, "for a test");
  EXPECT_EQ(holds[0].lasts, TG_HOLD_UNTIL_RESUME);
  EXPECT_EQ(holds[0].expires_unix_ns, 0);
  EXPECT_NE(holds[0].since_unix_ns, 0);
  EXPECT_EQ(holds[1].expires_unix_ns, timed.hold_until.time_since_epoch().count());
  EXPECT_EQ(service.info().holds, 2u);
  EXPECT_EQ(service.resume({{"alice", ""}}), TG_HELD);
  const tg_resume_options carol = ResumeOptions{{"carol", ""}, false}.abi();
  const std::string sentence = failing(TG_E_HELD, tg_service_resume(service.handle(), &carol));
  EXPECT_TRUE(has(sentence, "bob")) << "it says who: " << sentence;
  EXPECT_EQ(service.resume({{"carol", ""}, true}), TG_OK);
  EXPECT_TRUE(service.wait(TG_UNTIL_RUNNING, kLimit));
}

TEST_F(DrainApiTest, Hold_ThatExpires_OpensByItself) {
  const Service service = add("S");
  DrainOptions timed = by("alice");
  timed.hold = TG_HOLD_UNTIL_TIME;
  timed.hold_until = std::chrono::system_clock::now() + std::chrono::milliseconds(30);
  service.drain(timed);
  EXPECT_TRUE(service.wait(TG_UNTIL_RUNNING, kLimit));
}

TEST_F(DrainApiTest, Blockers_ComeInTheOrderOfTheirStubbornness) {
  const Service service = add("S");
  std::vector<Admitted> in;
  for (std::uint64_t tag = 1; tag <= 5; ++tag) {
    tg_request request = TG_INIT(tg_request);
    request.tag = tag;
    request.session_class = tag == 2 ? TG_CLASS_PRIORITY : TG_CLASS_NORMAL;
    in.push_back(service.admit(request));
  }
  service.drain();
  EXPECT_EQ(in[0].ticket.acknowledge(), TG_OK);
  EXPECT_EQ(in[1].ticket.idle(), TG_OK);
  EXPECT_EQ(in[2].ticket.idle(), TG_OK);
  EXPECT_EQ(in[2].ticket.active(), TG_OK);
  std::vector<std::uint64_t> tags;
  for (const tg_session_info &blocker : service.blockers()) tags.push_back(blocker.tag);
  EXPECT_EQ(tags, (std::vector<std::uint64_t>{2, 3, 4, 5, 1})) << "who will go comes last, else the oldest first";
  const auto first = service.blockers(2);
  ASSERT_EQ(first.size(), 2u);
  EXPECT_EQ(first[0].flags, TG_SESSION_IDLE);
  EXPECT_EQ(first[0].session_class, TG_CLASS_PRIORITY);
  EXPECT_EQ(first[1].flags, 0u);
  EXPECT_LE(first[1].quiet_ns, first[1].age_ns);
}

TEST_F(DrainApiTest, Blockers_OfManySessions_AreTheOldest) {
  const Service service = add("S");
  std::vector<Admitted> in;
  for (std::uint64_t tag = 0; tag < 1000; ++tag) {
    tg_request request = TG_INIT(tg_request);
    request.tag = tag;
    in.push_back(service.admit(request));
  }
  const auto blockers = service.blockers();
  ASSERT_EQ(blockers.size(), 100u) << "if nothing else is asked for";
  for (std::size_t i = 1; i < blockers.size(); ++i) EXPECT_GE(blockers[i - 1].age_ns, blockers[i].age_ns);
  EXPECT_LT(blockers.back().tag, 1000u);
  EXPECT_EQ(service.blockers(UINT32_MAX).size(), 1000u);
}

TEST_F(DrainApiTest, SessionCalls_OnAStaleTicket_SaySo) {
  const Service service = add("S"), other = add("OTHER");
  Admitted one = service.admit();
  const tg_ticket id = one.ticket.id();
  failing(TG_E_STALE, tg_session_idle(other.handle(), id));
  one.ticket.release();
  failing(TG_E_STALE, tg_session_active(service.handle(), id));
  failing(TG_E_STALE, tg_session_idle(service.handle(), id));
  failing(TG_E_STALE, tg_session_acknowledge(service.handle(), id));
  EXPECT_EQ(tg_session_acknowledge(service.handle(), 0), TG_OK);
  failing(TG_E_INVALID, tg_session_active(nullptr, id));
}

TEST_F(DrainApiTest, Redirect_OfTheDrain_ReachesTheRefusedUntilResumed) {
  const Service service = add("S");
  const Admitted one = service.admit();
  DrainOptions options;
  options.redirect = "sip:other@example.org";
  service.drain(options);
  EXPECT_EQ(view(service.admit().verdict.redirect), "sip:other@example.org");
  service.resume();
  service.drain();
  EXPECT_EQ(view(service.admit().verdict.redirect), "");
}

TEST_F(DrainApiTest, Emergency_ByOption_IsAdmittedUntilNobodyIsLeft) {
  const Service service = add("S");
  Admitted one = service.admit();
  DrainOptions options;
  options.flags = TG_DRAIN_EMERGENCY;
  service.drain(options);
  tg_request request = TG_INIT(tg_request);
  EXPECT_FALSE(service.admit(request));
  request.session_class = TG_CLASS_EMERGENCY;
  Admitted emergency = service.admit(request);
  EXPECT_TRUE(emergency);
  one.ticket.release();
  EXPECT_EQ(service.info().phase, TG_PHASE_DRAINING) << "it holds the drain open";
  emergency.ticket.release();
  EXPECT_TRUE(service.wait(TG_UNTIL_DRAINED, kLimit));
  EXPECT_FALSE(service.admit(request)) << "nothing at all is admitted after 25050";
}

TEST_F(DrainApiTest, Affinity_ByOption_IsAdmittedWhileItsKeyIsLive) {
  const Service service = add("S");
  tg_request request = TG_INIT(tg_request);
  request.key = 77;
  Admitted known = service.admit(request);
  const Admitted other = service.admit();
  DrainOptions options;
  options.flags = TG_DRAIN_AFFINITY;
  service.drain(options);
  request.kind = TG_KIND_AFFINITY;
  Admitted again = service.admit(request);
  EXPECT_TRUE(again);
  known.ticket.release();
  EXPECT_TRUE(service.admit(request)) << "the second has the key too";
  again.ticket.release();
  EXPECT_FALSE(service.admit(request)) << "nobody has it any more";
  request.key = 78;
  EXPECT_FALSE(service.admit(request));
}

TEST_F(DrainApiTest, Affinity_PermittedByAReplacement_IsAdmittedToo) {
  const Service service = add("S");
  tg_request request = TG_INIT(tg_request);
  request.key = 77;
  const Admitted known = service.admit(request);
  service.drain();
  request.kind = TG_KIND_AFFINITY;
  EXPECT_FALSE(service.admit(request));
  DrainOptions options;
  options.flags = TG_DRAIN_AFFINITY | TG_DRAIN_REPLACE;
  service.drain(options);
  EXPECT_TRUE(service.admit(request));
}

TEST_F(DrainApiTest, Child_HoldsTheDrainOpenAndIsNoActivityOfItsOwn) {
  const Service service = add("S");
  Admitted parent = service.admit();
  service.drain();
  tg_request request = TG_INIT(tg_request);
  request.kind = TG_KIND_CHILD;
  request.parent = parent.ticket.id();
  Admitted child = service.admit(request);
  ASSERT_TRUE(child);
  EXPECT_EQ(service.info().sessions, 1u);
  EXPECT_EQ(service.info().children, 1u);
  parent.ticket.release();
  EXPECT_EQ(service.info().phase, TG_PHASE_DRAINING);
  EXPECT_EQ(service.admit(request).verdict.reason, TG_REASON_PARENT_GONE);
  child.ticket.release();
  EXPECT_TRUE(service.wait(TG_UNTIL_DRAINED, kLimit));
}

TEST_F(DrainApiTest, Group_ByNamesAndExceptions) {
  const Service a = add("A"), b = add("B"), c = add("C");
  EXPECT_EQ(host_.drain({{}, {"B"}}), TG_OK);
  EXPECT_EQ(a.info().status, TG_STATUS_PAUSED);
  EXPECT_EQ(b.info().status, TG_STATUS_RUNNING);
  EXPECT_THROW(host_.resume({{"A", "X"}, {}}), Error);
  EXPECT_EQ(host_.resume({{"A"}, {}}), TG_OK);
  EXPECT_EQ(a.info().status, TG_STATUS_RUNNING);
  EXPECT_EQ(c.info().status, TG_STATUS_PAUSED);
}

TEST_F(DrainApiTest, Group_HostileSelections_AreRefused) {
  add("A");
  tg_selection which = TG_INIT(tg_selection);
  which.count = 3;  // and no names
  failing(TG_E_INVALID, tg_host_drain(host_.handle(), &which, nullptr));
  const tg_str null_name{nullptr, 5};
  which.names = &null_name;
  which.count = 1;
  failing(TG_E_INVALID, tg_host_drain(host_.handle(), &which, nullptr));
  which.count = UINT64_MAX;
  failing(TG_E_INVALID, tg_host_drain(host_.handle(), &which, nullptr));
  which.struct_size = 3;
  failing(TG_E_INVALID, tg_host_resume(host_.handle(), &which, nullptr));
  failing(TG_E_INVALID, tg_host_start(nullptr, nullptr, nullptr));
}

TEST_F(DrainApiTest, Needs_OfAnotherHost_IsRefused) {
  const Service service = add("S");
  tg_host_options options = host_options();
  options.name = TG_STR("other");
  const Host other(options);
  tg_service_options made = TG_INIT(tg_service_options);
  made.name = TG_STR("T");
  const Service stranger = other.add_service(made);
  failing(TG_E_INVALID, tg_service_needs(stranger.handle(), service.handle()));
  failing(TG_E_INVALID, tg_service_needs(service.handle(), nullptr));
}

TEST_F(DrainApiTest, Notice_ReachesTheHostAndIsAcknowledged) {
  struct Seen {
    std::atomic<std::uint64_t> tag{0}, left{0};
  } seen;
  tg_service_options options = TG_INIT(tg_service_options);
  options.name = TG_STR("S");
  options.user = &seen;
  options.notice = [](void *user, tg_ticket, std::uint64_t tag, std::uint64_t left) {
    static_cast<Seen *>(user)->left = left;
    static_cast<Seen *>(user)->tag = tag;
  };
  const Service service = host_.add_service(options);
  service.start();
  tg_request request = TG_INIT(tg_request);
  request.tag = 42;
  const Admitted one = service.admit(request);
  const std::uint64_t before = host_.last_event();
  DrainOptions how;
  how.deadline = std::chrono::minutes(10);
  how.notice_window = std::chrono::nanoseconds(1);
  service.drain(how);
  std::uint64_t noticed = 0;
  for (std::uint64_t after = before; noticed == 0;) {
    ASSERT_TRUE(host_.wait_for_event(after, kLimit));
    host_.events(after, [&](const tg_event &event) {
      after = event.sequence;
      if (event.number == TG_EVENT_NOTICED) noticed = event.count;
    });
  }
  EXPECT_EQ(noticed, 1u);
  EXPECT_EQ(seen.tag, 42u);
  EXPECT_LE(seen.left, 600'000'000'000u);
  EXPECT_GT(seen.left, 0u);
  one.ticket.acknowledge();
  EXPECT_EQ(service.blockers().at(0).flags, TG_SESSION_TOLD | TG_SESSION_ACKNOWLEDGED);
}

TEST_F(DrainApiTest, ServiceOptions_OutOfRange_AreRefused) {
  const auto refused = [&](auto &&set, tg_result code = TG_E_INVALID) {
    tg_service_options options = TG_INIT(tg_service_options);
    options.name = TG_STR("T");
    set(options);
    tg_service *service = nullptr;
    failing(code, tg_service_create(host_.handle(), &options, &service));
    EXPECT_EQ(service, nullptr);
  };
  refused([](tg_service_options &o) { o.ramp_from_percent = 101; });
  refused([](tg_service_options &o) { o.retry_jitter_percent = 101; });
  refused([](tg_service_options &o) { o.start_paused = 2; });
  refused([](tg_service_options &o) { o.redirect = TG_STR("two words"); });
  refused([](tg_service_options &o) { o.fail_closed = 2; });
  static tg_drain_options usual = TG_INIT(tg_drain_options);
  usual.at_deadline = 7;
  refused([](tg_service_options &o) { o.drain = &usual; });
}

TEST_F(DrainApiTest, StateDirectory_ThatCannotBeTrusted_IsRefused) {
  tg_host_options options = host_options();
  options.state_directory = TG_STR("relative/path");
  tg_host *host = nullptr;
  failing(TG_E_INVALID, tg_host_create(&options, &host));
  options.state_directory = TG_STR("/proc");
  EXPECT_LT(tg_host_create(&options, &host), 0);
  EXPECT_EQ(host, nullptr);
}

}  // namespace
}  // namespace tidegate

// Plugins that fail, hang, answer garbage or call what they must not: the host goes on, and says which.
#include "../../fixtures/faulty.h"
#include "../../fixtures/hooks.h"
#include "../../fixtures/stuck_sink.h"
#include "plugin_fixture.hpp"

namespace tidegate {
namespace {

class PluginFaultsTest : public PluginsTest {
 protected:
  void load_faulty(std::uint64_t out_for_ns = 0) {
    const std::string path = fixture("faulty"), config = at(with_);
    tg_plugin_options given = options(path, config);
    given.out_for_ns = out_for_ns;
    given.hang_after_ns = 100'000'000;
    given.slow_after_ns = 1'000'000;
    check(tg_plugin_load(host_.handle(), &given));
  }
  Service closed_service() {
    tg_service_options options = TG_INIT(tg_service_options);
    options.name = TG_STR("CLOSED");
    options.fail_closed = 1;
    Service service = host_.add_service(options);
    service.start();
    return service;
  }
  static void set(std::uint32_t &what) { __atomic_store_n(&what, 1, __ATOMIC_SEQ_CST); }

  faulty &with_ = shared<faulty>();
};

TEST_F(PluginFaultsTest, FiveFaults_TakeThePolicyOut_AndLaterItIsAskedAgain) {
  load_faulty(50'000'000);
  const Service closed = closed_service();
  Admitted parent = closed.admit();
  ASSERT_TRUE(parent);
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(admit(FAULTY_FAULTS)) << "a fault is no refusal";
  wait_for(TG_EVENT_POLICY_OUT);
  EXPECT_EQ(plugins()[0].last_fault, "the sky is falling");
  EXPECT_EQ(plugins()[0].faults, 5u);
  EXPECT_TRUE(has(text_of(TG_EVENT_PLUGIN_FAULT), "com.example.faulty 1: the sky is falling"));
  wait_for(TG_EVENT_POLICY_BACK);
  const std::uint32_t asked = read(with_.asked);
  EXPECT_TRUE(admit(FAULTY_YES));
  EXPECT_EQ(read(with_.asked), asked + 1);
  EXPECT_EQ(plugins()[0].state, TG_PLUGIN_STATE_RUNNING);
}

TEST_F(PluginFaultsTest, Out_IsNotAsked_AndWhoIsFailClosedRefusesAllButChildren) {
  load_faulty(3600'000'000'000);
  const Service closed = closed_service();
  Admitted parent = closed.admit();
  ASSERT_TRUE(parent);
  for (int i = 0; i < 5; ++i) admit(FAULTY_FAULTS);
  wait_for(TG_EVENT_POLICY_OUT);
  EXPECT_EQ(plugins()[0].state, TG_PLUGIN_STATE_OUT);
  const std::uint32_t asked = read(with_.asked);
  EXPECT_TRUE(admit(FAULTY_YES)) << "it abstains";
  EXPECT_EQ(read(with_.asked), asked);
  tg_request child = TG_INIT(tg_request);
  child.kind = TG_KIND_CHILD;
  child.parent = parent.ticket.id();
  EXPECT_TRUE(closed.admit(child)) << "a breaker never refuses a child";
  for (const std::uint32_t kind : {TG_KIND_NEW, TG_KIND_AFFINITY, TG_KIND_ORIGINATE}) {
    tg_request request = TG_INIT(tg_request);
    request.kind = kind;
    const Admitted refused = closed.admit(request);
    EXPECT_FALSE(refused) << kind;
    EXPECT_EQ(refused.verdict.reason, TG_REASON_POLICY);
    EXPECT_TRUE(has(std::string(view(refused.verdict.text)), "does not answer"));
  }
  parent.ticket.release();
  EXPECT_EQ(read(with_.ended), read(with_.yes)) << "it is told of the end of what it said yes to";
}

TEST_F(PluginFaultsTest, Garbage_IsAbstaining_AndCountsAsAFault) {
  load_faulty(3600'000'000'000);
  EXPECT_TRUE(admit(FAULTY_GARBAGE));
  const Admitted refused = admit(FAULTY_BAD_TEXT);
  EXPECT_FALSE(refused) << "a refusal is one, whatever its text";
  EXPECT_EQ(view(refused.verdict.text), "a plugin's policy refused");
  EXPECT_EQ(refused.verdict.redirect.len, 0u);
  for (int i = 0; i < 3; ++i) admit(FAULTY_GARBAGE);
  wait_for(TG_EVENT_POLICY_OUT);
  EXPECT_EQ(plugins()[0].faults, 5u);
  EXPECT_TRUE(has(text_of(TG_EVENT_PLUGIN_FAULT), "4711")) << text_of(TG_EVENT_PLUGIN_FAULT);
}

TEST_F(PluginFaultsTest, Hang_IsSeen_TheOthersGoOn_AndNothingWaitsForIt) {
  load_faulty(50'000'000);
  counting &counters = shared<counting>();
  load(fixture("counting"), at(counters));
  std::thread caller([&] { EXPECT_TRUE(admit(FAULTY_HANGS)); });
  eventually([&] { return read(with_.hanging) != 0; });
  wait_for(TG_EVENT_POLICY_OUT);
  EXPECT_TRUE(has(text_of(TG_EVENT_POLICY_OUT), "com.example.faulty 1, a call has not come back"));
  const std::uint32_t asked = read(with_.asked);
  EXPECT_TRUE(admit(FAULTY_YES));
  EXPECT_EQ(read(with_.asked), asked) << "nobody else walks into it";
  EXPECT_GT(counters.asked, 0u) << "other policies are asked";
  service_.drain();
  EXPECT_TRUE(service_.wait(TG_UNTIL_DRAINED, kLimit)) << "who is still asked about is not inside";
  service_.resume();
  set(with_.go_on);
  caller.join();
  wait_for(TG_EVENT_POLICY_BACK);
  EXPECT_EQ(counters.yes, counters.released + counters.cancelled);
  EXPECT_EQ(read(with_.yes), read(with_.ended));
}

TEST_F(PluginFaultsTest, Reentrance_IsRefused) {
  with_.service = service_.handle();
  with_.admit = tg_admit;
  with_.drain = [](tg_service *service) { return tg_service_drain(service, nullptr); };
  load_faulty();
  EXPECT_TRUE(admit(FAULTY_REENTERS));
  EXPECT_EQ(with_.admitted, TG_E_REENTRANT);
  EXPECT_EQ(with_.drained, TG_E_REENTRANT);
  EXPECT_EQ(with_.emitted, TG_E_REENTRANT);
  EXPECT_EQ(with_.later, TG_E_REENTRANT);
  EXPECT_EQ(service_.info().status, TG_STATUS_RUNNING);
}

TEST_F(PluginFaultsTest, OneIn256_IsTimed_AndWhatIsSlowIsAFault) {
  load_faulty();
  for (int i = 0; i < 20'000; ++i) admit(FAULTY_YES);
  const Info info = plugins()[0];
  EXPECT_GT(info.timed, 20'000u / 256 / 2);
  EXPECT_LT(info.timed, 20'000u / 256 * 2);
}

TEST_F(PluginFaultsTest, Exceptions_AreFaults_AndEndInThePlugin) {
  load(fixture("thrower"));
  EXPECT_TRUE(admit(1)) << "it abstains";
  EXPECT_EQ(plugins()[0].last_fault, "no opinion comes out of this");
  Admitted told = admit(2);
  told.ticket.release();
  EXPECT_EQ(plugins()[0].faults, 2u);
  for (int i = 0; i < 3; ++i) admit(1);
  wait_for(TG_EVENT_POLICY_OUT);
  EXPECT_TRUE(admit(1));
}

// ---- sinks and hooks ----

TEST_F(PluginFaultsTest, SinkThatNeverReturns_DelaysNobody_AndIsRetained) {
  stuck_sink &stuck = shared<stuck_sink>(), &other = shared<stuck_sink>();
  stuck.stuck_at = TG_EVENT_DRAIN_STARTED;
  {
    tg_host_options named = host_options();
    named.name = TG_STR("stuck");
    Host host(named);
    const std::string path = fixture("stuck_sink"), config = at(stuck);
    tg_plugin_options given = options(path, config);
    given.drain_limit_ns = 100'000'000;
    given.hang_after_ns = 1'000'000;
    check(tg_plugin_load(host.handle(), &given));
    counting &counters = shared<counting>();
    const std::string counting_path = fixture("counting"), counting_config = at(counters);
    tg_plugin_options second = options(counting_path, counting_config);
    check(tg_plugin_load(host.handle(), &second));
    tg_service_options about = TG_INIT(tg_service_options);
    about.name = TG_STR("S");
    const Service service = host.add_service(about);
    service.start();
    for (int i = 0; i < 50; ++i) {
      service.drain();
      ASSERT_TRUE(service.wait(TG_UNTIL_DRAINED, kLimit));
      service.resume();
      ASSERT_TRUE(service.admit());
    }
    EXPECT_EQ(counters.asked, 50u);
    std::uint64_t behind = 0;
    check(tg_host_plugins(
        host.handle(),
        [](void *most, const tg_plugin_info *info) {
          *static_cast<std::uint64_t *>(most) = std::max(*static_cast<std::uint64_t *>(most), info->events_behind);
        },
        &behind));
    EXPECT_GT(behind, 100u);
    eventually([&] {
      bool said = false;
      host.events(0, [&](const tg_event &event) { said = said || event.number == TG_EVENT_WORKER_HANGS; });
      return said;
    });
    EXPECT_EQ(check(tg_plugin_reload(host.handle(), str("com.example.stuck-sink"), str(at(other)))), TG_RETAINED);
    EXPECT_EQ(read(stuck.destroyed), 0u);
    const std::uint64_t last = host.last_event();
    eventually([&] { return read(other.taken) != 0 && read(other.sequences[(read(other.taken) - 1) % 1024]) == last; });
    EXPECT_EQ(read(other.sequences[0]), read(stuck.sequences[read(stuck.taken) - 1]) + 1) << "it goes on by sequence number";
  }
  // The host has gone; the call that comes back now touches nothing of it.
  const std::uint32_t taken = read(stuck.taken);
  set(stuck.go_on);
  EXPECT_EQ(read(stuck.taken), taken);
  EXPECT_EQ(read(other.destroyed), 1u);
}

TEST_F(PluginFaultsTest, HookThatHangs_IsWaitedForNoLongerThanItsLimit) {
  hooks &with = shared<hooks>();
  with.go_on = 1;
  const std::string path = fixture("hooks"), config = at(with);
  tg_plugin_options given = options(path, config);
  given.hook_limit_ns = 50'000'000;
  given.drain_limit_ns = 50'000'000;
  check(tg_plugin_load(host_.handle(), &given));
  with.go_on = 0;
  service_.stop();
  EXPECT_TRUE(service_.wait(TG_UNTIL_STOPPED, kLimit));
  EXPECT_TRUE(has(text_of(TG_EVENT_HOOK_OVERDUE), "com.example.hooks, stopping")) << text_of(TG_EVENT_HOOK_OVERDUE);
  EXPECT_EQ(tg_plugin_unload(host_.handle(), str("com.example.hooks")), TG_RETAINED);
  set(with.go_on);
}

TEST_F(PluginFaultsTest, LoadFromInsideACallback_IsRefused) {
  tg_result result = TG_OK;
  std::atomic<bool> called{false};
  const Subscription subscription = host_.subscribe([&](const tg_event &) {
    if (called.load()) return;
    const std::string path = fixture("counting");
    const tg_plugin_options given = options(path);
    result = tg_plugin_load(host_.handle(), &given);
    called = true;
  });
  service_.drain();
  eventually([&] { return called.load(); });
  EXPECT_EQ(result, TG_E_REENTRANT);
}

}  // namespace
}  // namespace tidegate

// A plugin's worker: hooks and timers do not wait behind a sink's backlog (P5), floods have an end (P6), and a step that a plugin has
// deferred outlives it (P7).
#include "../../fixtures/wild.h"
#include "plugin_fixture.hpp"

namespace tidegate {
namespace {

class PluginWorkerTest : public PluginsTest {
 protected:
  static constexpr const char *kWild = "com.example.wild";
  wild &load_wild() {
    wild &it = shared<wild>();
    load(fixture("wild"), at(it));
    return it;
  }
  std::uint64_t now(const wild &it) const { return it.host->admission->now_ns(it.host->admission->context); }
  void flap(int times) {
    for (int i = 0; i < times; ++i) {
      service_.drain();
      service_.resume();
    }
  }
  std::uint64_t count_of(std::uint32_t number) const {
    std::uint64_t count = 0;
    host_.events(0, [&](const tg_event &event) { count += event.number == number ? 1 : 0; });
    return count;
  }
};

/// P5: with a sink that is seconds behind, a hook waits for one event at most, and nobody says that the worker hangs.
TEST_F(PluginWorkerTest, Hook_DoesNotWaitBehindASinksBacklog) {
  service_.stop();
  ASSERT_TRUE(service_.wait(TG_UNTIL_STOPPED, kLimit));
  const Service other = add("OTHER");
  wild &it = shared<wild>();
  const std::string path = fixture("wild"), config = at(it);
  tg_plugin_options given = options(path, config);
  given.hang_after_ns = 100'000'000;  // five times as long for its worker: less than the backlog takes
  given.drain_limit_ns = 1;
  check(tg_plugin_load(host_.handle(), &given));
  write(it.take_ns, 50'000'000);
  for (int i = 0; i < 20; ++i) {
    other.drain();
    other.resume();
  }
  EXPECT_GT(plugins()[0].behind, 30u);
  const std::uint64_t before = now(it);
  service_.start();
  ASSERT_TRUE(service_.wait(TG_UNTIL_RUNNING, kLimit));
  EXPECT_LT(it.hooked_ns - before, 500'000'000u);
  EXPECT_GT(plugins()[0].behind, 10u) << "the backlog was there";
  std::atomic<std::uint64_t> ticked{0};
  const std::uint64_t asked = now(it);
  struct Tick {
    wild *it;
    std::atomic<std::uint64_t> *at;
  } tick{&it, &ticked};
  it.host->call_later(
      it.host->context, 0,
      [](void *user) {
        auto &its = *static_cast<Tick *>(user);
        its.at->store(its.it->host->admission->now_ns(its.it->host->admission->context));
      },
      &tick);
  eventually([&] { return ticked.load() != 0; });
  EXPECT_LT(ticked.load() - asked, 500'000'000u);
  EXPECT_EQ(count_of(TG_EVENT_WORKER_HANGS), 0u);
}

/// P6
TEST_F(PluginWorkerTest, SinkThatEmitsInTake_IsNotGivenItsOwnEvents_AndIsLimited) {
  wild &it = load_wild();
  write(it.emits, 50);
  flap(20);
  const std::uint64_t last = host_.last_event();
  eventually([&] { return read(it.last_taken) >= last; });
  wait_for(TG_EVENT_PLUGIN_TOO_LOUD);
  EXPECT_EQ(read(it.own_taken), 0u);
  EXPECT_GE(read(it.emitted), 100u) << "a burst passes";
  EXPECT_LT(read(it.emitted), 400u);
  EXPECT_GT(read(it.too_many), 1000u) << "it is told so: TG_E_LIMIT";
  EXPECT_EQ(count_of(TG_EVENT_PLUGIN_SAID), read(it.emitted));
  const std::string text = text_of(TG_EVENT_PLUGIN_TOO_LOUD);
  EXPECT_TRUE(has(text, kWild) && has(text, "were dropped")) << text;
  EXPECT_TRUE(events().front() != 0 && count_of(TG_EVENT_PLUGIN_LOADED) == 1) << "the history is there";
}

/// C7: a sink that is too slow for the end of its plugin misses events, and their number is said.
TEST_F(PluginWorkerTest, SinkThatIsTooSlowForTheEnd_IsSaidWithTheNumberOfEvents) {
  wild &it = shared<wild>();
  const std::string path = fixture("wild"), config = at(it);
  tg_plugin_options given = options(path, config);
  given.drain_limit_ns = 400'000'000;
  check(tg_plugin_load(host_.handle(), &given));
  write(it.take_ns, std::uint64_t{50'000'000});
  flap(20);
  const std::uint64_t last = host_.last_event();
  ASSERT_GE(tg_plugin_unload(host_.handle(), str(kWild)), TG_OK);
  std::uint64_t lost = 0;
  host_.events(0, [&](const tg_event &event) { lost += event.number == TG_EVENT_EVENTS_LOST && has(std::string(view(event.text)), kWild) ? event.count : 0; });
  EXPECT_EQ(lost, last - read(it.last_taken));
  EXPECT_GT(lost, 20u);
}

TEST_F(PluginWorkerTest, LogThatFloods_IsLimited_AndSaidWithItsNumber) {
  wild &it = load_wild();
  for (int i = 0; i < 5000; ++i) it.host->log(it.host->context, TG_SEVERITY_INFO, TG_STR("more"));
  wait_for(TG_EVENT_PLUGIN_TOO_LOUD);
  check(tg_plugin_unload(host_.handle(), str(kWild)));  // what was not said yet is said now
  std::uint64_t all = 0;
  host_.events(0, [&](const tg_event &event) { all += event.number == TG_EVENT_PLUGIN_TOO_LOUD ? event.count : 0; });
  EXPECT_GT(all, 4000u);
  EXPECT_LE(all, 4800u) << "nothing is said twice";
}

/// P7
TEST_F(PluginWorkerTest, DeferredStep_OfAReplacedPlugin_TheHeirIsAsked) {
  wild &it = load_wild();
  it.hook_answer = TG_DEFERRED;
  service_.stop();
  eventually([&] { return read(it.token) != 0; });
  wild &heir = shared<wild>();
  heir.hook_answer = TG_DEFERRED;
  EXPECT_EQ(reload(kWild, at(heir)), TG_OK);
  eventually([&] { return read(heir.token) != 0; });
  EXPECT_EQ(service_.info().status, TG_STATUS_STOP_PENDING) << "it waits for the heir";
  EXPECT_EQ(heir.host->complete(heir.host->context, it.token, TG_OK, {}), TG_E_STALE);
  EXPECT_EQ(heir.host->complete(heir.host->context, heir.token, TG_OK, {}), TG_OK);
  EXPECT_TRUE(service_.wait(TG_UNTIL_STOPPED, kLimit));
  EXPECT_EQ(count_of(TG_EVENT_HOOK_OVERDUE), 0u);
}

TEST_F(PluginWorkerTest, DeferredStep_OfAnUnloadedPlugin_IsSaid_AndTheServiceGoesOn) {
  wild &it = load_wild();
  it.hook_answer = TG_DEFERRED;
  service_.stop();
  eventually([&] { return read(it.token) != 0; });
  EXPECT_EQ(tg_plugin_unload(host_.handle(), str(kWild)), TG_OK);
  EXPECT_TRUE(service_.wait(TG_UNTIL_STOPPED, kLimit));
  const std::string text = text_of(TG_EVENT_HOOK_OVERDUE);
  EXPECT_TRUE(has(text, "com.example.wild, stopping: it was unloaded")) << text;
}

// ---- P12 ----

TEST_F(PluginWorkerTest, FileThatDoesNotDeclareIt_IsNotUnmapped_AndThatIsSaid) {
  load(fixture("undeclared"));
  EXPECT_EQ(tg_plugin_unload(host_.handle(), str("com.example.undeclared")), TG_RETAINED);
  EXPECT_TRUE(has(text_of(TG_EVENT_PLUGIN_RETAINED), "TG_NOTE_MAY_UNMAP")) << text_of(TG_EVENT_PLUGIN_RETAINED);
  EXPECT_TRUE(plugins().empty());
  load(fixture("undeclared"));
  EXPECT_EQ(reload("com.example.undeclared"), TG_OK) << "the heir has the same file";
}

TEST_F(PluginWorkerTest, FileThatLeavesAnAddressBehind_IsNotUnmapped_AndNoThreadFallsIntoIt) {
  load(fixture("keys"));
  std::atomic<bool> unloaded{false};
  std::thread caller([&] {
    admit(1);
    eventually([&] { return unloaded.load(); });
  });  // its key's destructor runs now
  eventually([&] { return service_.info().admitted != 0; });
  EXPECT_EQ(tg_plugin_unload(host_.handle(), str("com.example.keys")), TG_RETAINED);
  EXPECT_TRUE(has(text_of(TG_EVENT_PLUGIN_RETAINED), "it uses pthread_key_create")) << text_of(TG_EVENT_PLUGIN_RETAINED);
  unloaded = true;
  caller.join();
}

}  // namespace
}  // namespace tidegate

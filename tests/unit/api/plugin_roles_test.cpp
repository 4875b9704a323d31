// What plugins are for: hooks, configuration, figures, and what they are granted.
#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <map>

#include "../../fixtures/controls.h"
#include "../../fixtures/hooks.h"
#include "plugin_fixture.hpp"
#include "tidegate/vocabulary/step.h"

namespace tidegate {
namespace {

// ---- lifecycle/1 ----

class PluginHooksTest : public PluginsTest {
 protected:
  using Steps = std::vector<std::uint32_t>;
  void load_hooks(std::uint64_t limit_ns = 0) {
    with_.go_on = 1;
    const std::string path = fixture("hooks"), config = at(with_);
    tg_plugin_options given = options(path, config);
    given.hook_limit_ns = limit_ns;
    check(tg_plugin_load(host_.handle(), &given));
  }
  std::uint32_t count() const { return __atomic_load_n(&with_.count, __ATOMIC_SEQ_CST); }
  std::uint64_t token() const { return __atomic_load_n(&with_.token, __ATOMIC_SEQ_CST); }
  Steps steps() const { return {with_.steps, with_.steps + count()}; }

  hooks &with_ = shared<hooks>();
};

TEST_F(PluginHooksTest, Steps_ComeInOrder) {
  load_hooks();
  Admitted one = service_.admit();
  service_.stop_gracefully();
  eventually([&] { return count() >= 1; });
  eventually([&] { return count() >= 2; });  // progress, about a second later
  one.ticket.release();
  ASSERT_TRUE(service_.wait(TG_UNTIL_STOPPED, kLimit));
  eventually([&] { return count() >= 5; });
  service_.start();
  ASSERT_TRUE(service_.wait(TG_UNTIL_RUNNING, kLimit));
  eventually([&] { return count() >= 7; });
  EXPECT_EQ(steps(), (Steps{TG_STEP_DRAIN_STARTED, TG_STEP_PROGRESS, TG_STEP_DRAINED, TG_STEP_STOPPING, TG_STEP_STOPPED,
                         TG_STEP_BEFORE_START, TG_STEP_STARTED}));
  EXPECT_EQ(with_.live[0], 1u);
  EXPECT_EQ(with_.live[1], 1u);
}

TEST_F(PluginHooksTest, Deferred_IsWaitedForUntilItIsCompleted) {
  load_hooks(3600'000'000'000);
  with_.answer = TG_DEFERRED;
  service_.stop();
  eventually([&] { return token() != 0; });
  EXPECT_EQ(service_.info().status, TG_STATUS_STOP_PENDING);
  EXPECT_EQ(with_.limit_ns, 3600'000'000'000u);
  const tg_plugin_host &host = *with_.host;
  EXPECT_EQ(host.complete(host.context, with_.token + 1, TG_OK, {}), TG_E_STALE);
  EXPECT_EQ(service_.info().status, TG_STATUS_STOP_PENDING);
  EXPECT_EQ(host.complete(host.context, with_.token, TG_OK, {}), TG_OK);
  EXPECT_TRUE(service_.wait(TG_UNTIL_STOPPED, kLimit));
  EXPECT_EQ(host.complete(host.context, with_.token, TG_OK, {}), TG_E_STALE) << "once";
}

TEST_F(PluginHooksTest, Deferred_BeyondItsLimit_IsCompletedByTheHost_WhichSaysSo) {
  load_hooks(30'000'000);
  with_.answer = TG_DEFERRED;
  service_.stop();
  EXPECT_TRUE(service_.wait(TG_UNTIL_STOPPED, kLimit));
  EXPECT_TRUE(has(text_of(TG_EVENT_HOOK_OVERDUE), "com.example.hooks, stopping"));
}

TEST_F(PluginHooksTest, BeforeStart_ThatFails_FailsTheStart_AndStartMayBeTriedAgain) {
  load_hooks();
  service_.stop();
  ASSERT_TRUE(service_.wait(TG_UNTIL_STOPPED, kLimit));
  with_.answer = TG_E_SYSTEM;
  service_.start();
  wait_for(TG_EVENT_START_FAILED);
  EXPECT_EQ(service_.info().status, TG_STATUS_FAILED);
  EXPECT_TRUE(has(text_of(TG_EVENT_PLUGIN_FAULT), "com.example.hooks, before-start failed: the licence has run out"))
      << text_of(TG_EVENT_PLUGIN_FAULT);
  with_.answer = TG_OK;
  service_.start();
  EXPECT_TRUE(service_.wait(TG_UNTIL_RUNNING, kLimit));
}

TEST_F(PluginHooksTest, Unloaded_WithAStepThatItDeferred_TheServiceGoesOn) {
  load_hooks(3600'000'000'000);
  with_.answer = TG_DEFERRED;
  service_.stop();
  eventually([&] { return token() != 0; });
  EXPECT_EQ(tg_plugin_unload(host_.handle(), str("com.example.hooks")), TG_OK);
  EXPECT_TRUE(service_.wait(TG_UNTIL_STOPPED, kLimit));
}

/// While it waits for the hook of a plugin, a host without a steward sleeps as one with it does.
TEST_F(PluginHooksTest, Polled_IsDestroyed_WithoutSpinning) {
  constexpr std::uint64_t kHook = 400'000'000;
  const auto nanos = [](clockid_t clock) {
    timespec now{};
    clock_gettime(clock, &now);
    return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(now.tv_nsec);
  };
  with_.go_on = 1;
  with_.answer = TG_DEFERRED;
  std::uint64_t busy = 0, whole = 0;
  {
    tg_host_options polling = host_options(TG_LOOP_POLL);
    polling.name = TG_STR("polled");
    Host polled(polling);
    tg_service_options named = TG_INIT(tg_service_options);
    named.name = TG_STR("P");
    polled.add_service(named).start();
    const std::string path = fixture("hooks"), config = at(with_);
    tg_plugin_options given = options(path, config);
    given.hook_limit_ns = kHook;
    check(tg_plugin_load(polled.handle(), &given));
    busy = nanos(CLOCK_THREAD_CPUTIME_ID);
    whole = nanos(CLOCK_MONOTONIC);
  }
  EXPECT_GE(nanos(CLOCK_MONOTONIC) - whole, kHook);
  EXPECT_LT(nanos(CLOCK_THREAD_CPUTIME_ID) - busy, kHook / 2);
}

// ---- config/1 ----

class PluginConfigTest : public PluginsTest {
 protected:
  static constexpr const char *kId = "com.example.schema";
  std::string refused(tg_result code, tg_result result) { return failing(code, result); }
  tg_result reconfigure(std::string_view config) { return tg_plugin_reconfigure(host_.handle(), str(kId), str(config)); }
  static std::string config() {
    const char *given = std::getenv("SCHEMA_CONFIG");
    return given == nullptr ? "" : given;
  }
  const bool clean_ = unsetenv("SCHEMA_CONFIG") == 0;
};

TEST_F(PluginConfigTest, NotAsItsSchemaSays_IsRefusedBeforeAnythingIsMade) {
  for (const char *bad : {"", "[]", "{\"colour\": \"green\"}", "{\"colour\": \"red\", \"size\": 1}", "{\"colour\":"}) {
    const std::string path = fixture("schema"), config = bad;
    const tg_plugin_options given = options(path, config);
    EXPECT_TRUE(has(failing(TG_E_INVALID, tg_plugin_load(host_.handle(), &given)), kId)) << bad;
    EXPECT_EQ(std::getenv("SCHEMA_CONFIG"), nullptr) << "its create was called";
  }
  EXPECT_TRUE(plugins().empty());
}

TEST_F(PluginConfigTest, Reconfigured_TakesAllOrNothing_AndAReloadKeepsToIt) {
  load(fixture("schema"), R"({"colour": "red"})");
  EXPECT_EQ(reconfigure(R"({"colour": "blue"})"), TG_OK);
  EXPECT_EQ(config(), R"({"colour": "blue"})");
  EXPECT_EQ(text_of(TG_EVENT_PLUGIN_RECONFIGURED), "plugin reconfigured: com.example.schema 1");
  EXPECT_TRUE(has(failing(TG_E_INVALID, reconfigure(R"({"colour": "green"})")), kId));
  EXPECT_TRUE(has(failing(TG_E_PLUGIN, reconfigure(R"({ "colour": "blue"})")), "goes on as it was: enough of blue"));
  EXPECT_EQ(config(), R"({"colour": "blue"})");
  EXPECT_EQ(reload(kId), TG_OK);
  EXPECT_EQ(config(), R"({"colour": "blue"})");
  failing(TG_E_NOT_FOUND, tg_plugin_reconfigure(host_.handle(), TG_STR("com.example.nobody"), TG_STR("{}")));
}

TEST_F(PluginConfigTest, WithoutTheRole_ItTakesNoNewOne) {
  load(fixture("counting"), at(shared<counting>()));
  EXPECT_TRUE(has(failing(TG_E_STATE, tg_plugin_reconfigure(host_.handle(), TG_STR("com.example.counting"), TG_STR("{}"))),
                  "reload it with that"));
}

// ---- metrics/1 ----

TEST_F(PluginsTest, Metrics_AreTold_AndThoseThatAreNoneAreLeftOut) {
  load(fixture("figures"));
  struct Figure {
    double value;
    std::uint32_t kind;
    std::string unit;
  };
  std::map<std::string, Figure> figures;
  const auto add = [](void *all, const tg_metric_info *metric) {
    EXPECT_EQ(view(metric->plugin), "com.example.figures");
    (*static_cast<std::map<std::string, Figure> *>(all))[std::string(view(metric->name))] = {metric->value, metric->kind,
                                                                                           std::string(view(metric->unit))};
  };
  eventually([&] { return check(tg_host_metrics(host_.handle(), add, &figures)) > 0; });
  ASSERT_EQ(figures.size(), 2u);
  EXPECT_EQ(figures["answers"].value, 42);
  EXPECT_EQ(figures["answers"].kind, TG_METRIC_COUNTER);
  EXPECT_EQ(figures["depth"].value, 0.5);
  EXPECT_EQ(figures["depth"].unit, "metres");
}

// ---- what it may call ----

class PluginGrantsTest : public PluginsTest {
 protected:
  void load_with(std::uint32_t grants) {
    const std::string path = fixture("controls"), config = at(with_);
    tg_plugin_options given = options(path, config);
    given.grants = grants;
    check(tg_plugin_load(host_.handle(), &given));
  }
  controls &with_ = shared<controls>();
};

TEST_F(PluginGrantsTest, Control_IsOnlyForThoseThatAreGrantedIt) {
  load_with(0);
  EXPECT_EQ(with_.control, nullptr);
  check(tg_plugin_unload(host_.handle(), TG_STR("com.example.controls")));
  load_with(TG_GRANT_OPERATE);
  ASSERT_NE(with_.control, nullptr);
  const std::string path = fixture("controls");
  tg_plugin_options given = options(path);
  given.grants = 8;
  failing(TG_E_TOO_NEW, tg_plugin_load(host_.handle(), &given));
}

/// P13: events and holds tell a person from a plugin that acts for that person.
TEST_F(PluginGrantsTest, ActorThatItNames_IsShownBesideItsId) {
  load_with(TG_GRANT_OPERATE);
  const tg_host_operate &control = *with_.control;
  tg_drain_options options = TG_PLUGIN_INIT(tg_drain_options);
  options.actor = TG_STR("alice");
  EXPECT_EQ(control.drain(control.context, TG_STR("S"), &options), TG_OK);
  std::string actor;
  host_.events(0, [&](const tg_event &event) {
    if (event.number == TG_EVENT_DRAIN_STARTED) actor = view(event.actor);
  });
  EXPECT_EQ(actor, "alice (com.example.controls)");
  const std::string long_name(50, 'a');
  options.actor = str(long_name);
  EXPECT_EQ(control.drain(control.context, TG_STR("S"), &options), TG_E_INVALID) << "cut it could be another's";
  options.actor = TG_STR("a\nb");
  EXPECT_EQ(control.drain(control.context, TG_STR("S"), &options), TG_E_INVALID);
  options.actor = {nullptr, 5};
  EXPECT_EQ(control.drain(control.context, TG_STR("S"), &options), TG_E_INVALID);
}

/// P4: what the plugin has called back for each service may throw too.
TEST_F(PluginGrantsTest, CallbackThatThrows_IsAFault) {
  load_with(TG_GRANT_OPERATE);
  const tg_host_operate &control = *with_.control;
  EXPECT_EQ(control.services(control.context, [](void *, const tg_service_info *) { throw 42; }, nullptr), TG_E_PLUGIN);
  EXPECT_EQ(plugins()[0].faults, 1u);
}

/// P13: who asked for a change of a plugin, and why, is in its event.
TEST_F(PluginGrantsTest, ChangesOfPlugins_HaveTheirActor) {
  const std::string path = fixture("counting"), config = at(shared<counting>()), next = at(shared<counting>());
  tg_plugin_options given = options(path, config);
  given.actor = TG_STR("alice");
  given.reason = TG_STR("first night");
  check(tg_plugin_load(host_.handle(), &given));
  tg_action action = TG_INIT(tg_action);
  action.actor = TG_STR("bob");
  action.reason = TG_STR("new build");
  const tg_str id = TG_STR("com.example.counting");
  EXPECT_EQ(tg_plugin_reload_by(host_.handle(), id, str(next), &action), TG_OK);
  EXPECT_EQ(tg_plugin_unload_by(host_.handle(), id, &action), TG_OK);
  std::string said;
  host_.events(0, [&](const tg_event &event) {
    if (event.number >= TG_EVENT_PLUGIN_LOADED && event.number <= TG_EVENT_PLUGIN_UNLOADED)
      said += std::to_string(event.number) + " " + std::string(view(event.actor)) + " " + std::string(view(event.reason)) + ";";
  });
  EXPECT_EQ(said, "25180 alice first night;25181 bob new build;25183 bob new build;");
}

TEST_F(PluginGrantsTest, Control_OperatesServices_InThePluginsName) {
  load_with(TG_GRANT_OPERATE);
  const tg_host_operate &control = *with_.control;
  EXPECT_EQ(control.drain(control.context, TG_STR("S"), nullptr), TG_OK);
  EXPECT_TRUE(service_.wait(TG_UNTIL_DRAINED, kLimit));
  std::string actor;
  const auto take = [](void *text, const tg_hold_info *hold) { *static_cast<std::string *>(text) = view(hold->actor); };
  EXPECT_GE(control.holds(control.context, TG_STR("S"), take, &actor), 0);
  EXPECT_EQ(actor, "com.example.controls");
  EXPECT_EQ(control.resume(control.context, TG_STR("S"), nullptr), TG_OK);
  EXPECT_EQ(control.drain(control.context, TG_STR("NOBODY"), nullptr), TG_E_NOT_FOUND);
  std::uint32_t seen = 0;
  EXPECT_EQ(control.services(control.context, [](void *n, const tg_service_info *) { ++*static_cast<std::uint32_t *>(n); }, &seen),
            1);
  EXPECT_EQ(seen, 1u);
  EXPECT_GT(control.events(control.context, 0, 0, [](void *, const tg_event *) {}, nullptr), 0);
}

TEST_F(PluginGrantsTest, Emitted_IsAnEventInThePluginsName_UntilItIsDrained) {
  load_with(0);
  const tg_plugin_host &host = *with_.host;
  EXPECT_EQ(host.emit(host.context, TG_SEVERITY_WARNING, TG_STR("S"), TG_STR("the moon is full")), TG_OK);
  EXPECT_EQ(text_of(TG_EVENT_PLUGIN_SAID), "plugin says: the moon is full");
  EXPECT_EQ(host.emit(host.context, 0, {nullptr, 5}, {}), TG_E_INVALID);
  EXPECT_EQ(host.emit(host.context, TG_SEVERITY_PLUGIN_MISUSE + 1, TG_STR("S"), TG_STR("from the future")), TG_OK);
  std::uint32_t severity = 0;
  host_.events(0, [&](const tg_event &event) {
    if (event.number == TG_EVENT_PLUGIN_SAID) severity = event.severity;
  });
  EXPECT_EQ(severity, TG_SEVERITY_WARNING);
  std::atomic<bool> called{false};
  EXPECT_EQ(host.call_later(
                host.context, 1, [](void *flag) { static_cast<std::atomic<bool> *>(flag)->store(true); }, &called),
            TG_OK);
  eventually([&] { return called.load(); });
  EXPECT_EQ(host.call_later(host.context, 1, nullptr, nullptr), TG_E_INVALID);
  EXPECT_EQ(host.state_directory(host.context).len, 0u) << "the host has none";
  EXPECT_EQ(host.extension(host.context, TG_STR("com.example.nothing/1")), nullptr);
}

TEST_F(PluginGrantsTest, StateDirectory_IsItsOwn) {
  namespace fs = std::filesystem;
  const fs::path folder = fs::path(testing::TempDir()) / ("plugin_state_" + std::to_string(getpid()));
  fs::remove_all(folder);
  tg_host_options given = host_options();
  const std::string directory = folder.string();
  given.name = TG_STR("stateful");
  given.state_directory = str(directory);
  {
    Host host(given);
    const std::string path = fixture("controls"), config = at(with_);
    const tg_plugin_options loaded = options(path, config);
    check(tg_plugin_load(host.handle(), &loaded));
    const std::string its(view(with_.host->state_directory(with_.host->context)));
    EXPECT_EQ(its, directory + "/plugins/com.example.controls");
    EXPECT_EQ(fs::status(its).permissions(), fs::perms::owner_all);
  }
  fs::remove_all(folder);
}

TEST_F(PluginHooksTest, StartOfAServiceThatTheJournalHolds_IsToldAsAStart) {
  namespace fs = std::filesystem;
  const fs::path folder = fs::path(testing::TempDir()) / ("recovered_" + std::to_string(getpid()));
  fs::remove_all(folder);
  tg_host_options given = host_options();
  const std::string directory = folder.string();
  given.name = TG_STR("recovered");
  given.state_directory = str(directory);
  for (const bool again : {false, true}) {
    Host host(given);
    if (again) {
      with_.go_on = 1;
      const std::string path = fixture("hooks"), config = at(with_);
      const tg_plugin_options loaded = options(path, config);
      check(tg_plugin_load(host.handle(), &loaded));
    }
    tg_service_options about = TG_INIT(tg_service_options);
    about.name = TG_STR("S");
    const Service service = host.add_service(about);
    service.start();
    if (!again) service.drain();
    if (again) eventually([&] { return count() >= 3; });
  }
  EXPECT_EQ(with_.steps[0], std::uint32_t{TG_STEP_BEFORE_START});
  EXPECT_EQ(std::count(with_.steps, with_.steps + count(), std::uint32_t{TG_STEP_STARTED}), 1);
  fs::remove_all(folder);
}

// ---- pins and denials ----

TEST_F(PluginsTest, Denied_OrNotThePinned_IsNotLoaded) {
  const tg_str denied[] = {TG_STR("com.example.counting")};
  tg_host_options given = host_options();
  given.name = TG_STR("strict");
  given.denied_plugins = denied;
  given.denied_count = 1;
  Host strict(given);
  const std::string path = fixture("counting");
  tg_plugin_options wanted = options(path);
  EXPECT_TRUE(has(failing(TG_E_TRUST, tg_plugin_load(strict.handle(), &wanted)), "com.example.counting"));
  const std::string other = fixture("figures"), pin(64, '0');
  wanted = options(other);
  wanted.sha256 = str(pin);
  EXPECT_TRUE(has(failing(TG_E_TRUST, tg_plugin_load(strict.handle(), &wanted)), pin));
  wanted.sha256 = TG_STR("12");
  failing(TG_E_INVALID, tg_plugin_load(strict.handle(), &wanted));
  wanted.sha256 = {};
  EXPECT_EQ(tg_plugin_load(strict.handle(), &wanted), TG_OK);
  const tg_str nonsense[] = {TG_STR("sha256:zz")};
  given.denied_plugins = nonsense;
  tg_host *made = nullptr;
  failing(TG_E_INVALID, tg_host_create(&given, &made));
}

// ---- growth ----

TEST_F(PluginsTest, OlderPlugin_WithShorterTables_IsAskedWithinThem) {
  load(fixture("older"));
  EXPECT_TRUE(admit(1));
  EXPECT_FALSE(admit(13));
  EXPECT_EQ(reload("com.example.older"), TG_OK) << "it has no adopt: what lies behind its table is not called";
  EXPECT_FALSE(admit(13));
}

TEST_F(PluginsTest, LaterPlugin_WithLongerTablesAndRolesThatAreNotKnown_IsTaken) {
  load(fixture("longer"));
  EXPECT_TRUE(admit(1));
  EXPECT_EQ(reload("com.example.longer"), TG_OK);
}

TEST_F(PluginsTest, Options_OfAnotherVersion) {
  struct {
    tg_plugin_options known = TG_INIT(tg_plugin_options);
    std::uint64_t more[2] = {};
  } later;
  const std::string path = fixture("figures");
  later.known.path = str(path);
  later.known.struct_size = sizeof later;
  later.more[1] = 1;
  failing(TG_E_TOO_NEW, tg_plugin_load(host_.handle(), &later.known));
  later.more[1] = 0;
  EXPECT_EQ(tg_plugin_load(host_.handle(), &later.known), TG_OK);
  later.known.reserved1 = 1;
  failing(TG_E_TOO_NEW, tg_plugin_load(host_.handle(), &later.known));
  later.known.reserved1 = 0;
  later.known.hang_after_ns = UINT64_MAX;
  failing(TG_E_INVALID, tg_plugin_load(host_.handle(), &later.known));
  tg_plugin_options none{};
  failing(TG_E_INVALID, tg_plugin_load(host_.handle(), &none));
  failing(TG_E_INVALID, tg_plugin_load(host_.handle(), nullptr));
  failing(TG_E_INVALID, tg_plugin_load(nullptr, nullptr));
  failing(TG_E_INVALID, tg_host_plugins(host_.handle(), nullptr, nullptr));
  failing(TG_E_INVALID, tg_host_metrics(host_.handle(), nullptr, nullptr));
}

/// An ABI that grows an array's element keeps a stride; those that cross now are of values that never grow.
TEST_F(PluginsTest, ShorterOptions_MeanZeroForTheRest) {
  const std::string path = fixture("figures");
  tg_plugin_options given = options(path);
  given.struct_size = offsetof(tg_plugin_options, grants);
  given.grants = 0xffff;
  EXPECT_EQ(tg_plugin_load(host_.handle(), &given), TG_OK);
}

}  // namespace
}  // namespace tidegate

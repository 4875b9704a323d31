// P4: an exception that comes out of a table of C is caught at every call, is a fault of the plugin that an event names, and the host
// and the plugin go on; where it cannot be caught the process ends with the plugin's name in its last line.
#include "../../fixtures/wild.h"
#include "plugin_fixture.hpp"

namespace tidegate {
namespace {

class PluginThrowTest : public PluginsTest {
 protected:
  static constexpr const char *kWild = "com.example.wild";

  wild &load_wild(const char *throws_later = "") {
    wild &it = shared<wild>();
    load(fixture("wild"), at(it));
    write(it.throws, throws_later);
    return it;
  }
  void expect_fault(const std::string &place) {
    wait_for(TG_EVENT_PLUGIN_FAULT);
    const std::string text = text_of(TG_EVENT_PLUGIN_FAULT);
    EXPECT_TRUE(has(text, kWild) && has(text, "threw an exception: from " + place)) << text;
    EXPECT_GE(plugins()[0].faults, 1u);
  }
  void expect_not_loaded(const char *place) {
    wild &it = shared<wild>();
    write(it.throws, place);
    const std::string path = fixture("wild"), config = at(it);
    const tg_plugin_options given = options(path, config);
    const std::string why = failing(TG_E_PLUGIN, tg_plugin_load(host_.handle(), &given));
    EXPECT_TRUE(has(why, kWild) && has(why, std::string("from ") + place)) << why;
    EXPECT_TRUE(plugins().empty());
    write(it.throws, "");
    load(path, at(it));
  }
};

TEST_F(PluginThrowTest, Create_IsWhyItCannotBeMade) { expect_not_loaded("create"); }
TEST_F(PluginThrowTest, Extension_IsWhyItCannotBeMade) { expect_not_loaded("extension"); }
TEST_F(PluginThrowTest, Start_IsWhyItDoesNotStart) { expect_not_loaded("start"); }

TEST_F(PluginThrowTest, Ask_Abstains_AndIsAFault) {
  load_wild("ask");
  EXPECT_TRUE(admit(1)) << "it had begun to refuse";
  expect_fault("ask");
}
TEST_F(PluginThrowTest, Released_IsAFault) {
  wild &it = load_wild();
  Admitted one = admit(2);
  write(it.throws, "released");
  one.ticket.release();
  expect_fault("released");
  EXPECT_EQ(service_.info().sessions, 0u);
}
TEST_F(PluginThrowTest, ReleasedWhenItIsUnloaded_LeavesNothingDraining) {
  wild &it = load_wild();
  const Admitted one = admit(2);
  write(it.throws, "released");
  EXPECT_EQ(tg_plugin_unload(host_.handle(), str(kWild)), TG_OK);
  EXPECT_TRUE(plugins().empty());
}
TEST_F(PluginThrowTest, Adopt_IsNoYes) {
  load_wild();
  const Admitted one = admit(2);
  wild &heir = shared<wild>();
  write(heir.throws, "adopt");
  EXPECT_EQ(reload(kWild, at(heir)), TG_OK);
  EXPECT_EQ(heir.adopted, 1u);
  EXPECT_EQ(plugins()[0].sessions, 0u);
  expect_fault("adopt");
}
TEST_F(PluginThrowTest, Take_IsAFault_AndTheNextEventComes) {
  wild &it = load_wild("take");
  service_.drain();
  expect_fault("take");
  write(it.throws, "");
  service_.resume();
  eventually([&] { return read(it.taken) != 0; });
}
TEST_F(PluginThrowTest, BeforeStart_FailsTheStart_WithItsReason) {
  wild &it = load_wild();
  service_.stop();
  ASSERT_TRUE(service_.wait(TG_UNTIL_STOPPED, kLimit));
  write(it.throws, "before_start");
  service_.start();
  wait_for(TG_EVENT_START_FAILED);
  // P13: who reads only that event is told which plugin it was, and why.
  const std::string text = text_of(TG_EVENT_START_FAILED);
  EXPECT_TRUE(has(text, "com.example.wild: its before_start threw an exception: from before_start")) << text;
  EXPECT_EQ(plugins()[0].faults, 1u) << "P13: what 25184 says is counted";
  write(it.throws, "");
  service_.start();
  EXPECT_TRUE(service_.wait(TG_UNTIL_RUNNING, kLimit));
}
TEST_F(PluginThrowTest, Stopping_TheStopGoesOn) {
  load_wild("stopping");
  service_.stop();
  EXPECT_TRUE(service_.wait(TG_UNTIL_STOPPED, kLimit));
}
TEST_F(PluginThrowTest, Collect_IsAFault) {
  load_wild("collect");
  eventually([&] {
    tg_host_metrics(host_.handle(), [](void *, const tg_metric_info *) {}, nullptr);
    return plugins()[0].faults != 0;
  });
  expect_fault("collect");
}
TEST_F(PluginThrowTest, Timer_IsAFault) {
  wild &it = load_wild();
  it.host->call_later(it.host->context, 0, [](void *) { throw 42; }, nullptr);
  wait_for(TG_EVENT_PLUGIN_FAULT);
  EXPECT_TRUE(has(text_of(TG_EVENT_PLUGIN_FAULT), "its timer threw an exception")) << text_of(TG_EVENT_PLUGIN_FAULT);
}
TEST_F(PluginThrowTest, Reconfigure_GoesOnAsItWas) {
  load_wild("reconfigure");
  const std::string why = failing(TG_E_PLUGIN, tg_plugin_reconfigure(host_.handle(), str(kWild), str("{}")));
  EXPECT_TRUE(has(why, "goes on as it was: its reconfigure threw an exception: from reconfigure")) << why;
}
TEST_F(PluginThrowTest, StopAndDestroy_AreFaults_AndItIsGone) {
  for (const char *place : {"stop", "destroy"}) {
    load_wild(place);
    EXPECT_EQ(tg_plugin_unload(host_.handle(), str(kWild)), TG_OK) << place;
    EXPECT_TRUE(plugins().empty()) << place;
    EXPECT_TRUE(has(text_of(TG_EVENT_PLUGIN_FAULT), std::string("its ") + place + " threw an exception: from " + place))
        << text_of(TG_EVENT_PLUGIN_FAULT);
  }
}

using PluginThrowDeathTest = PluginThrowTest;
TEST_F(PluginThrowDeathTest, WhereItCannotGoOn_TheLastLineNamesThePlugin) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const std::string path = fixture("throws_when_mapped");
  const tg_plugin_options given = options(path);
  EXPECT_DEATH(tg_plugin_load(host_.handle(), &given), "com.example.throws-when-mapped .*threw an exception while it was mapped");
}

}  // namespace
}  // namespace tidegate

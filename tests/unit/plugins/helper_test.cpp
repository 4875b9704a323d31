#include "tidegate/plugin.hpp"

#include <string>
#include <vector>

#include "fake_host.hpp"

namespace tidegate {
namespace {

using Sentences = std::vector<std::string>;

/// A class that throws where it is told to, by its tables.
class ThrowingTest : public testing::Test {
 protected:
  void make(std::string_view where) { ASSERT_EQ(plugin_.create(host_, where), TG_OK); }
  const tg_admission_policy &policy() { return *plugin_.role<tg_admission_policy>(TG_ROLE_ADMISSION); }
  const tg_lifecycle &hooks() { return *plugin_.role<tg_lifecycle>(TG_ROLE_LIFECYCLE); }
  tg_result before_start(std::uint64_t token = 0) {
    tg_lifecycle_step step = TG_PLUGIN_INIT(tg_lifecycle_step);
    step.token = token;
    return hooks().before_start(plugin_.instance, &step);
  }
  tg_admission_answer ask() {
    tg_admission_query query = TG_PLUGIN_INIT(tg_admission_query);
    query.tag = 99;
    tg_admission_answer answer = TG_PLUGIN_INIT(tg_admission_answer);
    policy().ask(plugin_.instance, &query, &answer);
    return answer;
  }

  FakeHost host_;
  LoadedPlugin plugin_{FIXTURES "/throwing.so"};
  const tg_lifecycle_step step_ = TG_PLUGIN_INIT(tg_lifecycle_step);
  const tg_admission_query query_ = TG_PLUGIN_INIT(tg_admission_query);
};

TEST_F(ThrowingTest, Create_ThatThrows_SaysWhyAndLeavesNoInstance) {
  EXPECT_EQ(plugin_.create(host_, "create"), TG_E_PLUGIN);
  EXPECT_EQ(plugin_.create(host_, "create invalid"), TG_E_INVALID);
  EXPECT_EQ(plugin_.create(host_, "create memory"), TG_E_NO_MEMORY);
  EXPECT_EQ(plugin_.create(host_, "create other"), TG_E_PLUGIN);
  EXPECT_EQ(host_.failures, (Sentences{"in create", "invalid in create", "there is not enough memory",
                                       "an exception that is not a std::exception"}));
  EXPECT_EQ(plugin_.instance, nullptr);
  EXPECT_TRUE(host_.faults.empty());
}

TEST_F(ThrowingTest, Start_ThatThrows_SaysWhy) {
  for (const auto &[where, result] : {std::pair("start", TG_E_PLUGIN),
                                      {"start invalid", TG_E_INVALID},
                                      {"start memory", TG_E_NO_MEMORY},
                                      {"start other", TG_E_PLUGIN},
                                      {"", TG_OK}}) {
    make(where);
    EXPECT_EQ(plugin_.entry->start(plugin_.instance), result) << where;
    plugin_.destroy();
  }
  EXPECT_EQ(host_.failures.size(), 4u);
  EXPECT_TRUE(host_.faults.empty());
}

TEST_F(ThrowingTest, Reconfigure_ThatThrows_SaysWhy_AndTheNextIsTaken) {
  make("");
  const auto *config = plugin_.role<tg_config>(TG_ROLE_CONFIG);
  EXPECT_EQ(config->reconfigure(plugin_.instance, TG_STR("bad")), TG_E_INVALID);
  EXPECT_EQ(host_.failures, Sentences{"bad is no configuration"});
  EXPECT_EQ(config->reconfigure(plugin_.instance, TG_STR("start")), TG_OK);
  EXPECT_EQ(plugin_.entry->start(plugin_.instance), TG_E_PLUGIN);
}

TEST_F(ThrowingTest, BeforeStart_ThatThrows_SaysWhy) {
  make("before_start");
  EXPECT_EQ(before_start(), TG_E_PLUGIN);
  EXPECT_EQ(host_.failures, Sentences{"in before_start"});
  EXPECT_TRUE(host_.faults.empty());
}

TEST_F(ThrowingTest, BeforeStart_MayPutTheStartOff) {
  make("");
  EXPECT_EQ(before_start(0), TG_OK);
  EXPECT_EQ(before_start(1), TG_DEFERRED);
}

TEST_F(ThrowingTest, Ask_ThatThrows_IsAFaultAndNoOpinion) {
  for (const char *where : {"ask", "ask invalid", "ask-late", "ask memory", "ask other"}) {
    make(where);
    const tg_admission_answer answer = ask();
    EXPECT_EQ(answer.verdict, TG_VERDICT_ABSTAIN) << where;
    EXPECT_EQ(answer.retry_after_ns + answer.text.len + answer.redirect.len + answer.cookie, 0u) << where;
    plugin_.destroy();
  }
  EXPECT_EQ(host_.faults.size(), 5u);
  EXPECT_EQ(host_.faults[0], "in ask");
  EXPECT_EQ(host_.faults[4], "an exception that is not a std::exception");
  EXPECT_TRUE(host_.failures.empty());
}

TEST_F(ThrowingTest, Ask_ThatDoesNotThrow_SaysWhatItSaid) {
  make("");
  const tg_admission_answer answer = ask();
  EXPECT_EQ(answer.verdict, TG_VERDICT_REFUSED);
  EXPECT_EQ(view(answer.text), "not this one");
  EXPECT_EQ(view(answer.redirect), "sip:other.example");
  EXPECT_EQ(answer.retry_after_ns, 7'000'000'000u);
  EXPECT_EQ(answer.cookie, 99u);
  EXPECT_TRUE(host_.faults.empty());
}

TEST_F(ThrowingTest, Adopt_ThatThrows_IsAFaultAndTakesNothing) {
  make("adopt");
  tg_admission_answer answer = TG_PLUGIN_INIT(tg_admission_answer);
  policy().adopt(plugin_.instance, &query_, &answer);
  EXPECT_EQ(answer.verdict, TG_VERDICT_ABSTAIN);
  EXPECT_EQ(answer.cookie, 0u);
  EXPECT_EQ(host_.faults, Sentences{"in adopt"});
}

TEST_F(ThrowingTest, AllElse_ThatThrows_IsAFault) {
  const tg_event event = TG_PLUGIN_INIT(tg_event);
  tg_metric_taker taker = TG_PLUGIN_INIT(tg_metric_taker);
  taker.take = [](void *, const tg_metric *) {};
  const auto call = [&](const std::string &place) {
    if (place == "cancelled") policy().cancelled(plugin_.instance, &query_);
    if (place == "released") policy().released(plugin_.instance, &query_);
    if (place == "take") plugin_.role<tg_event_sink>(TG_ROLE_EVENT_SINK)->take(plugin_.instance, &event);
    if (place == "collect") plugin_.role<tg_metrics>(TG_ROLE_METRICS)->collect(plugin_.instance, &taker);
    if (place == "started") hooks().started(plugin_.instance, &step_);
    if (place == "drain_started") hooks().drain_started(plugin_.instance, &step_);
    if (place == "progress") hooks().progress(plugin_.instance, &step_);
    if (place == "drained") hooks().drained(plugin_.instance, &step_);
    if (place == "stopped") hooks().stopped(plugin_.instance, &step_);
    if (place == "stop") plugin_.entry->stop(plugin_.instance);
    if (place == "extension") static_cast<void>(plugin_.role<void>("com.example.thing/1"));
  };
  Sentences expected;
  for (const char *place : {"cancelled", "released", "take", "collect", "started", "drain_started", "progress",
                            "drained", "stopped", "stop", "extension"}) {
    make("");
    call(place);
    plugin_.destroy();
    EXPECT_EQ(host_.faults, expected) << place;
    make(place);
    call(place);
    plugin_.destroy();
    expected.push_back(std::string("in ") + place);
    EXPECT_EQ(host_.faults, expected);
  }
  EXPECT_TRUE(host_.failures.empty());
}

TEST_F(ThrowingTest, Stopping_ThatThrows_IsAFaultAndSaysSo) {
  make("stopping");
  EXPECT_EQ(hooks().stopping(plugin_.instance, &step_), TG_E_PLUGIN);
  EXPECT_EQ(host_.faults, Sentences{"in stopping"});
  EXPECT_TRUE(host_.failures.empty());
  plugin_.destroy();
  make("");
  EXPECT_EQ(hooks().stopping(plugin_.instance, &step_), TG_OK);
}

TEST_F(ThrowingTest, Figures_AreToldWithTheirTexts) {
  make("");
  Sentences told;
  tg_metric_taker taker = TG_PLUGIN_INIT(tg_metric_taker);
  taker.context = &told;
  taker.take = [](void *context, const tg_metric *metric) {
    static_cast<Sentences *>(context)->push_back(std::string(view(metric->name)) + " " + std::to_string(metric->kind) +
                                                 " " + std::to_string(metric->value) + " " +
                                                 std::string(view(metric->unit)));
  };
  plugin_.role<tg_metrics>(TG_ROLE_METRICS)->collect(plugin_.instance, &taker);
  EXPECT_EQ(told, (Sentences{"asked 1 3.000000 ", "load 2 0.500000 ratio"}));
}

TEST_F(ThrowingTest, Tables_SayWhatTheClassSays) {
  EXPECT_EQ(view(plugin_.role<tg_config>(TG_ROLE_CONFIG)->schema), R"({"type": "string"})")
      << "before there is an instance";
  EXPECT_EQ(plugin_.role<void>("com.example.thing/1"), nullptr) << "before there is an instance";
  make("");
  EXPECT_EQ(policy().asks_child, 1u);
  EXPECT_EQ(policy().cookies, 1u);
  EXPECT_EQ(policy().priority, 7u);
  EXPECT_EQ(plugin_.entry->min_host_abi, TG_ABI(0, 5));
  EXPECT_NE(plugin_.role<void>("com.example.thing/1"), nullptr);
  EXPECT_EQ(plugin_.role<void>("com.example.thing/2"), nullptr);
}

TEST(PlainPlugin, Tables_HaveNothingThatTheClassHasNot) {
  FakeHost host;
  LoadedPlugin plugin(FIXTURES "/plain.so");
  EXPECT_EQ(plugin.entry->struct_size, sizeof(tg_plugin_entry));
  EXPECT_EQ(plugin.entry->abi, TG_PLUGIN_ABI);
  EXPECT_EQ(plugin.entry->min_host_abi, TG_ABI(0, 9));
  EXPECT_EQ(view(plugin.entry->id), "com.example.plain");
  EXPECT_EQ(view(plugin.entry->version), "1");
  EXPECT_EQ(plugin.entry->start, nullptr);
  EXPECT_EQ(plugin.entry->stop, nullptr);
  ASSERT_EQ(plugin.create(host, "{}"), TG_OK);
  const auto *policy = plugin.role<tg_admission_policy>(TG_ROLE_ADMISSION);
  ASSERT_NE(policy, nullptr);
  EXPECT_EQ(policy->struct_size, sizeof(tg_admission_policy));
  EXPECT_NE(policy->ask, nullptr);
  EXPECT_EQ(policy->cancelled, nullptr);
  EXPECT_EQ(policy->released, nullptr);
  EXPECT_EQ(policy->adopt, nullptr);
  EXPECT_EQ(policy->asks_child + policy->priority + policy->cookies, 0u);
  for (const char *role :
       {TG_ROLE_EVENT_SINK, TG_ROLE_LIFECYCLE, TG_ROLE_CONFIG, TG_ROLE_METRICS, "", "tidegate.admission/2"})
    EXPECT_EQ(plugin.role<void>(role), nullptr) << role;
}

TEST(PlainPlugin, Configuration_ThatItDoesNotTake_IsSaid) {
  FakeHost host;
  LoadedPlugin plugin(FIXTURES "/plain.so");
  EXPECT_EQ(plugin.create(host, R"({"max": 1})"), TG_E_INVALID);
  EXPECT_EQ(host.failures, Sentences{"this plugin takes no configuration"});
  EXPECT_EQ(plugin.create(host, " { }\n"), TG_OK);
}

}  // namespace
}  // namespace tidegate

#include <cstdlib>

#include "../../fixtures/counting.h"
#include "api_test.hpp"

namespace tidegate {
namespace {

class PluginTest : public ApiTest {
 protected:
  std::string refused(tg_result code, const std::string &path, std::string_view config = {}) {
    std::string sentence = failing(code, tg_host_load_plugin(host_.handle(), str(path), str(config)));
    // Whatever happened, the host goes on.
    EXPECT_TRUE(service_.admit()) << sentence;
    return sentence;
  }
  static std::string fixture(const std::string &name) { return FIXTURES "/" + name + ".so"; }

  Service service_ = add("S");
};

TEST_F(PluginTest, Missing_IsSaid) {
  EXPECT_TRUE(has(refused(TG_E_SYSTEM, "/nowhere/at/all.so"), "/nowhere/at/all.so cannot be opened: No such file"));
}

TEST_F(PluginTest, RelativePath_IsSaid) { EXPECT_TRUE(has(refused(TG_E_INVALID, "limits.so"), "absolute path")); }

TEST_F(PluginTest, Directory_IsSaid) { EXPECT_TRUE(has(refused(TG_E_NOT_PLUGIN, "/tmp"), "not a regular file")); }

TEST_F(PluginTest, NoEntry_IsSaid) {
  EXPECT_TRUE(has(refused(TG_E_NOT_PLUGIN, fixture("no_entry")), "exports no symbol tidegate_plugin_v1"));
}

TEST_F(PluginTest, WrongMajor_NamesBothVersions) {
  const std::string sentence = refused(TG_E_ABI, fixture("wrong_major"));
  EXPECT_TRUE(has(sentence, "7.2") && has(sentence, "0.9")) << sentence;
  EXPECT_EQ(std::getenv("WRONG_MAJOR_RAN"), nullptr) << "some of its code has run";
}

TEST_F(PluginTest, NoteAndEntryOfTwoPlugins_AreRefused) {
  const std::string sentence = refused(TG_E_NOT_PLUGIN, fixture("two_tongues"));
  EXPECT_TRUE(has(sentence, "\"com.example.innocent\" and \"com.example.guilty\"")) << sentence;
}

TEST_F(PluginTest, LaterMinor_WithALongerEntry_IsLoaded) { host_.load_plugin(fixture("newer")); }

TEST_F(PluginTest, NewerHostNeeded_NamesBothVersionsAndTheRemedy) {
  const std::string sentence = refused(TG_E_ABI, fixture("needs_newer_host"));
  EXPECT_TRUE(has(sentence, "0.99") && has(sentence, "0.9;") && has(sentence, "update")) << sentence;
}

TEST_F(PluginTest, IncompleteEntry_IsSaid) { EXPECT_TRUE(has(refused(TG_E_ABI, fixture("incomplete")), "incomplete")); }

TEST_F(PluginTest, CreateFails_GivesItsReason) {
  EXPECT_TRUE(has(refused(TG_E_PLUGIN, fixture("create_fails")), "could not be made: the moon is in the wrong phase"));
}

TEST_F(PluginTest, StartFails_GivesItsReasonAndIsDestroyed) {
  unsetenv("START_FAILS_DESTROYED");
  EXPECT_TRUE(has(refused(TG_E_PLUGIN, fixture("start_fails")), "did not start: the licence server does not answer"));
  EXPECT_NE(std::getenv("START_FAILS_DESTROYED"), nullptr);
  EXPECT_EQ(std::getenv("START_FAILS_STOPPED"), nullptr) << "what did not start is not stopped";
}

TEST_F(PluginTest, Twice_IsRefused) {
  host_.load_plugin(PLUGINS "/limits.so", R"({"max_per_peer": 2})");
  EXPECT_TRUE(has(refused(TG_E_EXISTS, PLUGINS "/limits.so", R"({"max_per_peer": 2})"), "loaded already"));
}

TEST_F(PluginTest, Policy_EachYesIsReleasedOrCancelledOnce) {
  counting counters{};
  host_.load_plugin(fixture("counting"), "{\"at\":" + std::to_string(reinterpret_cast<std::uintptr_t>(&counters)) + "}");
  tg_request request = TG_INIT(tg_request);
  request.tag = 21;
  Admitted session = service_.admit(request);
  ASSERT_TRUE(session);
  EXPECT_EQ(counters.yes, 1u);
  tg_request inner = TG_INIT(tg_request);
  inner.kind = TG_KIND_CHILD;
  inner.parent = session.ticket.id();
  EXPECT_TRUE(service_.admit(inner));
  EXPECT_EQ(counters.asked, 1u) << "it does not declare CHILD";
  session.ticket.release();
  EXPECT_EQ(counters.released, 1u);
  EXPECT_EQ(counters.last_released_tag, 21u);

  const Service full = add("FULL", 1);
  const Admitted only = full.admit();
  EXPECT_FALSE(full.admit()) << "the policy said yes, the gate no";
  EXPECT_EQ(counters.cancelled, 1u);
}

TEST_F(PluginTest, Policy_Refusal_ReachesTheRefused) {
  counting counters{};
  host_.load_plugin(fixture("counting"), "{\"at\":" + std::to_string(reinterpret_cast<std::uintptr_t>(&counters)) + "}");
  tg_request request = TG_INIT(tg_request);
  request.tag = REFUSED_TAG;
  const Admitted refused = service_.admit(request);
  EXPECT_FALSE(refused);
  EXPECT_EQ(refused.verdict.reason, TG_REASON_POLICY);
  EXPECT_EQ(view(refused.verdict.text), "not this one");
  EXPECT_NEAR(static_cast<double>(refused.verdict.retry_after_ns), 7e9, 1.4e9) << "spread like any other";
  request.tag = GARBAGE_TAG;
  EXPECT_TRUE(service_.admit(request)) << "an unknown answer is no opinion";
  EXPECT_EQ(counters.released + counters.cancelled, 0u);
}

TEST_F(PluginTest, Policy_LoadedLater_IsNotToldOfEarlierSessions) {
  Admitted early = service_.admit();
  counting counters{};
  host_.load_plugin(fixture("counting"), "{\"at\":" + std::to_string(reinterpret_cast<std::uintptr_t>(&counters)) + "}");
  early.ticket.release();
  EXPECT_EQ(counters.released, 0u);
}

}  // namespace
}  // namespace tidegate

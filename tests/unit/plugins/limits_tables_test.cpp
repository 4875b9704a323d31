// limits by its tables, as a host that replaces it or gives it a new configuration uses them.

#include <nlohmann/json.hpp>
#include <string>

#include "fake_host.hpp"

namespace tidegate {
namespace {

class LimitsTablesTest : public testing::Test {
 protected:
  void make(std::string_view config) { ASSERT_EQ(plugin_.create(host_, config), TG_OK); }
  tg_result reconfigure(std::string_view config) {
    return plugin_.role<tg_config>(TG_ROLE_CONFIG)->reconfigure(plugin_.instance, str(config));
  }
  std::uint32_t ask(std::uint32_t peer) { return answer(&tg_admission_policy::ask, peer); }
  std::uint32_t adopt(std::uint32_t peer) { return answer(&tg_admission_policy::adopt, peer); }
  void release(std::uint32_t peer) {
    const tg_admission_query query = query_of(peer);
    plugin_.role<tg_admission_policy>(TG_ROLE_ADMISSION)->released(plugin_.instance, &query);
  }
  FakeHost host_;
  LoadedPlugin plugin_{PLUGINS "/limits.so"};

 private:
  static tg_admission_query query_of(std::uint32_t peer) {
    tg_admission_query query = TG_PLUGIN_INIT(tg_admission_query);
    for (int byte = 0; byte < 4; ++byte) query.peer.ip[12 + byte] = static_cast<std::uint8_t>(peer >> (8 * byte));
    query.service = TG_STR("S");
    return query;
  }
  template <class Member>
  std::uint32_t answer(Member how, std::uint32_t peer) {
    const tg_admission_query query = query_of(peer);
    tg_admission_answer out = TG_PLUGIN_INIT(tg_admission_answer);
    (plugin_.role<tg_admission_policy>(TG_ROLE_ADMISSION)->*how)(plugin_.instance, &query, &out);
    return out.verdict;
  }
};

TEST_F(LimitsTablesTest, Adopted_CountWhateverTheLimit) {
  make(R"({"max_per_peer": 2})");
  for (int session = 0; session < 3; ++session) EXPECT_EQ(adopt(1), TG_VERDICT_ADMITTED);
  EXPECT_EQ(ask(1), TG_VERDICT_REFUSED);
  release(1);
  EXPECT_EQ(ask(1), TG_VERDICT_REFUSED) << "two are left";
  release(1);
  EXPECT_EQ(ask(1), TG_VERDICT_ADMITTED);
}

TEST_F(LimitsTablesTest, Adopted_OfNobodyKnown_AreNotCounted) {
  make(R"({"max_per_peer": 1})");
  EXPECT_EQ(adopt(0), TG_VERDICT_ABSTAIN);
}

TEST_F(LimitsTablesTest, Adopted_WithoutRoom_AreNotCounted_AndItIsSaid) {
  make(R"({"max_per_peer": 1, "peers": 1})");
  ASSERT_EQ(plugin_.entry->start(plugin_.instance), TG_OK);
  std::uint32_t without = 1;
  while (adopt(without) == TG_VERDICT_ADMITTED) ++without;
  EXPECT_EQ(adopt(without), TG_VERDICT_ABSTAIN);
  EXPECT_EQ(ask(without), TG_VERDICT_ABSTAIN) << "rather than refuse whom it cannot count";
  ASSERT_EQ(host_.later.size(), 1u);
  host_.later[0].call();
  EXPECT_EQ(host_.lines, std::vector<std::string>{"more peers than \"peers\" allows for: some are not counted"});
  EXPECT_EQ(host_.later.size(), 1u) << "said once";
}

TEST_F(LimitsTablesTest, Look_WithRoomLeft_SaysNothingAndLooksAgain) {
  make(R"({"max_per_peer": 1})");
  ASSERT_EQ(plugin_.entry->start(plugin_.instance), TG_OK);
  EXPECT_EQ(ask(1), TG_VERDICT_ADMITTED);
  FakeHost::Put(host_.later.at(0)).call();
  EXPECT_TRUE(host_.lines.empty());
  EXPECT_EQ(host_.later.size(), 2u);
}

TEST_F(LimitsTablesTest, Reconfigured_HasTheNewLimitForWhoComesNext) {
  make(R"({"max_per_peer": 1})");
  EXPECT_EQ(ask(1), TG_VERDICT_ADMITTED);
  EXPECT_EQ(ask(1), TG_VERDICT_REFUSED);
  EXPECT_EQ(reconfigure(R"({"max_per_peer": 2})"), TG_OK);
  EXPECT_EQ(ask(1), TG_VERDICT_ADMITTED);
  EXPECT_EQ(reconfigure(R"({"max_per_peer": 1, "peers": 65536})"), TG_OK);
  EXPECT_EQ(ask(1), TG_VERDICT_REFUSED);
  release(1);
  EXPECT_EQ(ask(1), TG_VERDICT_REFUSED) << "one is left";
}

TEST_F(LimitsTablesTest, Reconfigured_WithAnotherRoom_IsRefusedAndGoesOn) {
  make(R"({"max_per_peer": 1, "peers": 100})");
  EXPECT_EQ(reconfigure(R"({"max_per_peer": 2})"), TG_E_INVALID);
  EXPECT_EQ(reconfigure(R"({"max_per_peer": 0, "peers": 100})"), TG_E_INVALID);
  ASSERT_EQ(host_.failures.size(), 2u);
  EXPECT_EQ(host_.failures[0],
            "\"peers\" cannot be changed from 100 to 65536 while it runs; reload the plugin for that");
  EXPECT_EQ(ask(1), TG_VERDICT_ADMITTED);
  EXPECT_EQ(ask(1), TG_VERDICT_REFUSED);
}

TEST_F(LimitsTablesTest, Configuration_ThatIsWrong_IsSaidByItToo) {
  // A host that knows the schema does not let these through; an older one does.
  const auto said = [this](std::string_view config) {
    host_.failures.clear();
    EXPECT_EQ(plugin_.create(host_, config), TG_E_INVALID) << config;
    return host_.failures.empty() ? "nothing" : host_.failures[0];
  };
  EXPECT_NE(said("{}").find("\"max_per_peer\" is missing"), std::string::npos);
  EXPECT_NE(said("[]").find("not a JSON object"), std::string::npos);
  EXPECT_NE(said("{").find("not a JSON object"), std::string::npos);
  EXPECT_NE(said(R"({"max_per_pear": 1})").find("unknown key \"max_per_pear\""), std::string::npos);
  for (const char *bad : {R"({"max_per_peer": 0})", R"({"max_per_peer": -1})", R"({"max_per_peer": 1.5})",
                          R"({"max_per_peer": "5"})", R"({"max_per_peer": 1e30})", R"({"max_per_peer": 1, "peers": 0})"})
    EXPECT_NE(said(bad).find("whole number"), std::string::npos) << bad;
}

TEST(PluginSchemas, AreClosedAndOfDraft7) {
  for (const char *path : {PLUGINS "/limits.so", PLUGINS "/filelog.so"}) {
    LoadedPlugin plugin(path);
    const auto *config = plugin.role<tg_config>(TG_ROLE_CONFIG);
    ASSERT_NE(config, nullptr) << path;
    const auto schema = nlohmann::json::parse(view(config->schema));
    EXPECT_EQ(schema["$schema"], "http://json-schema.org/draft-07/schema#") << path;
    EXPECT_EQ(schema["type"], "object") << path;
    EXPECT_EQ(schema["additionalProperties"], false) << path;
    for (const auto &name : schema["required"]) EXPECT_TRUE(schema["properties"].contains(name)) << path;
  }
}

}  // namespace
}  // namespace tidegate

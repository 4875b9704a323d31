// What a plugin hands over is read with care: texts are plain on the way in (P2), and a pair or a size that is none harms nobody (P11).
#include <fstream>
#include <sstream>

#include "../../fixtures/wild.h"
#include "plugin_fixture.hpp"
#include "tidegate/plugin.h"
#include "tidegate/response.h"

namespace tidegate {
namespace {

/// Characters that forge a line, a header or a direction: CR LF, ESC, U+009B (a control sequence), U+202E, U+2028, no UTF-8.
constexpr const char *kNasty = "a\r\nInjected: yes\x1b[2J\xc2\x9b" "31m\xe2\x80\xae\xe2\x80\xa8\xff" "b";

bool is_plain(std::string_view text) {
  for (const char *part : {"\r", "\n", "\x1b", "\xc2\x9b", "\xe2\x80\xae", "\xe2\x80\xa8", "\xff"})
    if (text.find(part) != std::string_view::npos) return false;
  return true;
}

class PluginTextsTest : public PluginsTest {
 protected:
  wild &load_wild() {
    wild &it = shared<wild>();
    load(fixture("wild"), at(it));
    return it;
  }
  std::string all_texts() const {
    std::string all;
    host_.events(0, [&](const tg_event &event) {
      for (const tg_str text : {event.text, event.service, event.actor, event.reason}) all.append(view(text)).append("|");
    });
    return all;
  }
};

TEST_F(PluginTextsTest, Refusal_IsCleaned_AndARedirectThatIsNoUriIsAFault) {
  wild &it = load_wild();
  it.text = str(kNasty);
  it.redirect = TG_STR("sip:other.example;transport=tcp");
  Admitted refused = admit(1);
  EXPECT_FALSE(refused);
  EXPECT_TRUE(is_plain(view(refused.verdict.text))) << view(refused.verdict.text);
  EXPECT_TRUE(has(std::string(view(refused.verdict.text)), "Injected"));
  EXPECT_EQ(view(refused.verdict.redirect), "sip:other.example;transport=tcp");
  EXPECT_EQ(plugins()[0].faults, 0u);
  std::uint64_t faults = 0;
  const std::string too_long = "sip:" + std::string(252, 'x');
  for (const char *redirect : {"sip:a\r\nX: y", "sip:a b", "sip:\xc2\x9b", "sip:a\x7f", "sip:<a>", too_long.c_str()}) {
    it.redirect = str(redirect);
    refused = admit(1);
    EXPECT_FALSE(refused) << "a refusal is one, wherever it sends the refused";
    EXPECT_EQ(refused.verdict.redirect.len, 0u) << redirect;
    tg_response response = TG_INIT(tg_response);
    ASSERT_EQ(tg_verdict_response(&refused.verdict, TG_PROTOCOL_SIP, &response), TG_OK);
    EXPECT_EQ(response.redirect.len, 0u);
    EXPECT_EQ(plugins()[0].faults, ++faults) << redirect;
    if (faults == 4) wait_for(TG_EVENT_PLUGIN_FAULT);  // the fifth takes the policy out
    if (faults == 4) break;
  }
  EXPECT_TRUE(has(text_of(TG_EVENT_PLUGIN_FAULT), "redirect that is no URI")) << text_of(TG_EVENT_PLUGIN_FAULT);
}

TEST_F(PluginTextsTest, Events_HaveNothingThatForgesALine) {
  wild &it = load_wild();
  const tg_plugin_host &host = *it.host;
  EXPECT_EQ(host.emit(host.context, TG_SEVERITY_INFO, TG_STR(""), str(kNasty)), TG_OK);
  EXPECT_EQ(host.emit(host.context, TG_SEVERITY_INFO, str(kNasty), TG_STR("of no service")), TG_E_INVALID) << "a name is not cleaned";
  host.admission->fault(host.admission->context, str(kNasty));
  wait_for(TG_EVENT_PLUGIN_FAULT);
  it.hook_answer = TG_E_SYSTEM;
  service_.stop();
  ASSERT_TRUE(service_.wait(TG_UNTIL_STOPPED, kLimit));
  EXPECT_TRUE(has(text_of(TG_EVENT_PLUGIN_SAID), "Injected"));
  EXPECT_TRUE(is_plain(all_texts())) << all_texts();
  EXPECT_TRUE(is_plain(plugins()[0].last_fault));
}

TEST_F(PluginTextsTest, Deferred_ItsReasonIsCleaned) {
  wild &it = load_wild();
  it.hook_answer = TG_DEFERRED;
  service_.stop();
  eventually([&] { return read(it.token) != 0; });
  EXPECT_EQ(it.host->complete(it.host->context, it.token, TG_E_SYSTEM, str(kNasty)), TG_OK);
  ASSERT_TRUE(service_.wait(TG_UNTIL_STOPPED, kLimit));
  EXPECT_TRUE(has(text_of(TG_EVENT_PLUGIN_FAULT), "Injected"));
  EXPECT_TRUE(is_plain(all_texts())) << all_texts();
}

TEST_F(PluginTextsTest, Failure_IsCleaned) {
  wild &it = shared<wild>();
  load(fixture("wild"), at(it));
  const std::string sentence = [&] {
    it.host->fail(it.host->context, str(kNasty));
    return std::string();
  }();
  const std::string path = fixture("create_fails");
  const tg_plugin_options given = options(path);
  EXPECT_TRUE(is_plain(failing(TG_E_PLUGIN, tg_plugin_load(host_.handle(), &given))));
}

TEST_F(PluginTextsTest, Log_OneCallIsOneLine) {
  const std::string log = testing::TempDir() + "/texts_" + std::to_string(getpid()) + ".log";
  unlink(log.c_str());
  wild &it = shared<wild>();
  {
    tg_host_options named = host_options();
    named.name = TG_STR("logging");
    named.log_format = TG_FORMAT_TEXT;
    named.log_path = str(log);
    Host host(named);
    const std::string path = fixture("wild"), config = at(it);
    const tg_plugin_options given = options(path, config);
    check(tg_plugin_load(host.handle(), &given));
    it.host->log(it.host->context, TG_SEVERITY_INFO, str("x\n2026-11-27T00:00:00.000Z error   25004 S forged\x1b[2J"));
    it.host->log(it.host->context, TG_SEVERITY_INFO, str(kNasty));
  }
  std::ifstream in(log);
  int forged = 0, said = 0;
  for (std::string line; std::getline(in, line);) {
    forged += line.find("forged") != std::string::npos && line.find("com.example.wild") == std::string::npos ? 1 : 0;
    said += line.find("com.example.wild:") != std::string::npos ? 1 : 0;
    EXPECT_TRUE(is_plain(line)) << line;
  }
  EXPECT_EQ(forged, 0);
  EXPECT_EQ(said, 2);
}

TEST_F(PluginTextsTest, Figures_HaveNamesUnitsAndHelpThatArePlain) {
  wild &it = shared<wild>();
  tg_metric metrics[4];
  for (tg_metric &metric : metrics) metric = TG_PLUGIN_INIT(tg_metric), metric.kind = TG_METRIC_GAUGE, metric.name = TG_STR("depth");
  metrics[0].unit = metrics[0].help = str(kNasty);
  metrics[1].name = str(kNasty);
  metrics[2].help = {nullptr, 99};  // P11
  metrics[3].unit = {"x", UINT64_MAX};
  it.metrics = metrics;
  it.metric_count = 4;
  load(fixture("wild"), at(it));
  std::vector<std::string> texts;
  // P13: the first call has figures.
  check(tg_host_metrics(
      host_.handle(),
      [](void *list, const tg_metric_info *info) {
        for (const tg_str text : {info->name, info->unit, info->help})
          static_cast<std::vector<std::string> *>(list)->emplace_back(view(text));
      },
      &texts));
  ASSERT_EQ(texts.size(), 9u) << "one has no name";
  for (const std::string &text : texts) EXPECT_TRUE(is_plain(text)) << text;
  EXPECT_TRUE(has(texts[2], "Injected"));
  EXPECT_EQ(texts[5], "");
  EXPECT_EQ(texts[7], "");
}

// ---- P11 ----

TEST_F(PluginTextsTest, PairsThatAreNoText_AreRefusedOrSaid) {
  wild &it = load_wild();
  const tg_plugin_host &host = *it.host;
  const tg_str bad[] = {{nullptr, 1}, {nullptr, UINT64_MAX}, {"x", UINT64_MAX}};
  for (const tg_str text : bad) {
    host.log(host.context, TG_SEVERITY_INFO, text);
    host.fail(host.context, text);
    host.admission->fault(host.admission->context, text);
    EXPECT_EQ(host.emit(host.context, TG_SEVERITY_INFO, TG_STR(""), text), TG_E_INVALID);
    EXPECT_EQ(host.emit(host.context, TG_SEVERITY_INFO, text, TG_STR("")), TG_E_INVALID);
    EXPECT_EQ(host.complete(host.context, 4711, TG_OK, text), TG_E_STALE);
    char buffer[8];
    EXPECT_EQ(host.describe(host.context, text, 1, 1, buffer, sizeof buffer), 0u);
    EXPECT_EQ(host.extension(host.context, text), nullptr);
    tg_event event = TG_PLUGIN_INIT(tg_event);
    event.text = text;
    EXPECT_EQ(host.event_format(&event, TG_FORMAT_JSON, buffer, sizeof buffer), TG_E_INVALID);
    it.text = text;
    it.redirect = {};
    EXPECT_FALSE(admit(1)) << "a refusal is one";
  }
  tg_event event = TG_PLUGIN_INIT(tg_event);
  char buffer[512];
  for (const std::uint32_t size : {0u, 4u, 7u, 12u, 60u, 65536u * 2}) {
    event.struct_size = size;
    EXPECT_EQ(host.event_format(&event, TG_FORMAT_TEXT, buffer, sizeof buffer), TG_E_INVALID) << size;
  }
  EXPECT_EQ(host.event_format(nullptr, TG_FORMAT_TEXT, buffer, sizeof buffer), TG_E_INVALID);
  event.struct_size = 16;
  EXPECT_GT(host.event_format(&event, TG_FORMAT_TEXT, buffer, sizeof buffer), 0) << "an older one is read as far as it goes";
}

TEST_F(PluginTextsTest, TablesWhoseSizeNoCompilerGives_AreRefused) {
  wild &it = shared<wild>();
  tg_admission_policy policy = TG_PLUGIN_INIT(tg_admission_policy);
  policy.ask = [](void *, const tg_admission_query *, tg_admission_answer *) {};
  it.policy = &policy;
  const std::string path = fixture("wild"), config = at(it);
  const tg_plugin_options given = options(path, config);
  for (const std::uint32_t size : {0u, 1u, 8u, 16u, 20u, 39u, 41u, 44u, 52u, 65544u, UINT32_MAX}) {
    policy.struct_size = size;
    EXPECT_TRUE(has(failing(TG_E_ABI, tg_plugin_load(host_.handle(), &given)), "its struct_size is " + std::to_string(size))) << size;
  }
  it.policy = reinterpret_cast<const char *>(&policy) + 4;
  EXPECT_TRUE(has(failing(TG_E_ABI, tg_plugin_load(host_.handle(), &given)), "not aligned"));
  EXPECT_TRUE(plugins().empty());
}

// ---- P8 ----

TEST_F(PluginTextsTest, RoleThatIsNamedAndNotFilledWhole_IsRefused) {
  wild &it = shared<wild>();
  const std::string path = fixture("wild"), config = at(it);
  const tg_plugin_options given = options(path, config);
  const auto expect_refused = [&](const char *role, const char *why) {
    const std::string said = failing(TG_E_PLUGIN, tg_plugin_load(host_.handle(), &given));
    EXPECT_TRUE(has(said, std::string("names the role ") + role) && has(said, why)) << said;
    EXPECT_TRUE(plugins().empty());
  };
  const void *const none = reinterpret_cast<const void *>(1);
  static const tg_event_sink no_take = {sizeof no_take, TG_PLUGIN_ABI, nullptr};
  static const tg_lifecycle no_hook = {sizeof no_hook, TG_PLUGIN_ABI, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr};
  it.policy = none;
  expect_refused(TG_ROLE_ADMISSION, "its extension returned no table");
  it.policy = nullptr;
  it.sink = &no_take;
  expect_refused(TG_ROLE_EVENT_SINK, "its table has no take");
  it.sink = nullptr;
  it.lifecycle = &no_hook;
  expect_refused(TG_ROLE_LIFECYCLE, "its table has no hook");
  it.lifecycle = nullptr;
  it.figures = none;
  expect_refused(TG_ROLE_METRICS, "its extension returned no table");
}

TEST_F(PluginTextsTest, PluginWithoutARoleThatTheHostKnows_IsRefused_AndUnknownRolesAreSaid) {
  const std::string path = fixture("idle");
  const tg_plugin_options given = options(path);
  const std::string why = failing(TG_E_PLUGIN, tg_plugin_load(host_.handle(), &given));
  EXPECT_TRUE(has(why, "would do nothing") && has(why, "com.example.later/1")) << why;
  EXPECT_TRUE(plugins().empty());
  load(fixture("newer"));
  EXPECT_TRUE(has(text_of(TG_EVENT_PLUGIN_LOADED), "does not know its role com.example.later/1")) << text_of(TG_EVENT_PLUGIN_LOADED);
}

}  // namespace
}  // namespace tidegate

// L13: every function of the library from inside every kind of callback. What promises TG_E_MISUSE or TG_E_REENTRANT there returns
// it, and nothing crashes or hangs. The list is that of the version script, so that a new function needs a row.

#include <stdlib.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <regex>
#include <set>
#include <sstream>

#include "../../fixtures/calls.h"
#include "plugin_fixture.hpp"

namespace tidegate {
namespace {

std::string whole(const std::filesystem::path &file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// What a callback has at hand, and what its calls have made.
struct Hands {
  tg_host *host = nullptr;
  tg_service *service = nullptr, *other = nullptr;
  tg_subscription *subscription = nullptr;
  tg_control *control = nullptr;
  tg_control_options control_options = TG_INIT(tg_control_options);  // of another directory
  tg_host *made = nullptr;
  tg_control *opened = nullptr;
  bool entered = false;
};

using Call = std::function<std::int64_t(Hands &)>;
constexpr std::int64_t kNoResult = 0;
constexpr std::uint64_t kMoment = 1'000'000'000;  // what a call has ended does not come

template <class... A>
void visit(A...) {}

/// A row for each function, in an order in which none spoils the next. Waits have a limit, so that one that is let in ends.
const std::vector<std::pair<std::string, Call>> &rows() {
  constexpr std::uint64_t kSoon = 10'000'000;
  static const tg_str kNone{nullptr, 0};
  static const auto label = [](auto function) { return [function](Hands &) { return function(1).len != 0 ? kNoResult : -1; }; };
  static const std::vector<std::pair<std::string, Call>> all = {
      {"tg_class_label", label(tg_class_label)},
      {"tg_deadline_label", label(tg_deadline_label)},
      {"tg_hold_label", label(tg_hold_label)},
      {"tg_intent_label", label(tg_intent_label)},
      {"tg_kind_label", label(tg_kind_label)},
      {"tg_metric_kind_label", label(tg_metric_kind_label)},
      {"tg_phase_label", label(tg_phase_label)},
      {"tg_plugin_state_label", label(tg_plugin_state_label)},
      {"tg_reason_label", label(tg_reason_label)},
      {"tg_result_label", label(tg_result_label)},
      {"tg_severity_label", label(tg_severity_label)},
      {"tg_status_label", label(tg_status_label)},
      {"tg_step_label", label(tg_step_label)},
      {"tg_until_label", label(tg_until_label)},
      {"tg_event_label", [](Hands &) { return tg_event_label(25050).len != 0 ? kNoResult : -1; }},
      {"tg_version", [](Hands &) { return tg_version().len != 0 ? kNoResult : -1; }},
      {"tg_last_error", [](Hands &) { return tg_last_error(), kNoResult; }},
      {"tg_host_name", [](Hands &h) { return tg_host_name(h.host).len != 0 ? kNoResult : -1; }},
      {"tg_control_path", [](Hands &h) { return tg_control_path(h.control).len != 0 ? kNoResult : -1; }},
      {"tg_host_events_last", [](Hands &h) { return tg_host_events_last(h.host), kNoResult; }},
      {"tg_service_ready", [](Hands &h) { return tg_service_ready(h.service); }},
      {"tg_admit",
       [](Hands &h) {
         tg_ticket ticket = 0;
         const tg_result result = tg_admit(h.other, nullptr, nullptr, &ticket);
         tg_release(h.other, ticket);
         return result;
       }},
      {"tg_release", [](Hands &h) { return tg_release(h.other, 0); }},
      {"tg_enter", [](Hands &h) { return h.entered = tg_enter(h.other) > 0, kNoResult; }},
      {"tg_enter_child", [](Hands &h) { return tg_enter_child(h.other, 0); }},
      {"tg_leave", [](Hands &h) { return h.entered ? tg_leave(h.other) : TG_OK; }},
      {"tg_session_active", [](Hands &h) { return tg_session_active(h.other, 0); }},
      {"tg_session_idle", [](Hands &h) { return tg_session_idle(h.other, 0); }},
      {"tg_session_acknowledge", [](Hands &h) { return tg_session_acknowledge(h.other, 0); }},
      {"tg_event_settles",
       [](Hands &) {
         tg_event event = TG_INIT(tg_event);
         return tg_event_settles(&event, TG_UNTIL_DRAINED);
       }},
      {"tg_event_format",
       [](Hands &) {
         tg_event event = TG_INIT(tg_event);
         return tg_event_format(&event, TG_FORMAT_TEXT, nullptr, 0);
       }},
      {"tg_verdict_response",
       [](Hands &) {
         tg_verdict verdict = TG_INIT(tg_verdict);
         verdict.code = TG_VERDICT_REFUSED;
         tg_response response = TG_INIT(tg_response);
         return tg_verdict_response(&verdict, TG_PROTOCOL_SIP, &response);
       }},
      {"tg_host_fd", [](Hands &h) { return tg_host_fd(h.host); }},
      {"tg_host_poll", [](Hands &h) { return tg_host_poll(h.host); }},
      {"tg_host_create",
       [](Hands &h) {
         tg_host_options options = TG_INIT(tg_host_options);
         options.name = TG_STR("inner");
         options.log_format = TG_FORMAT_OFF;
         return tg_host_create(&options, &h.made);
       }},
      {"tg_host_destroy", [](Hands &h) { return tg_host_destroy(h.host); }},
      {"tg_host_service", [](Hands &h) { return tg_host_service(h.host, TG_STR("OTHER"), &h.other); }},
      {"tg_host_services", [](Hands &h) { return tg_host_services(h.host, visit<void *, tg_service *>, nullptr); }},
      {"tg_host_events", [](Hands &h) { return tg_host_events(h.host, 0, 0, visit<void *, const tg_event *>, nullptr); }},
      {"tg_host_plugins", [](Hands &h) { return tg_host_plugins(h.host, visit<void *, const tg_plugin_info *>, nullptr); }},
      {"tg_host_metrics", [](Hands &h) { return tg_host_metrics(h.host, visit<void *, const tg_metric_info *>, nullptr); }},
      {"tg_service_sessions",
       [](Hands &h) { return tg_service_sessions(h.service, 0, visit<void *, const tg_session_info *>, nullptr); }},
      {"tg_service_blockers",
       [](Hands &h) { return tg_service_blockers(h.service, 0, visit<void *, const tg_session_info *>, nullptr); }},
      {"tg_service_holds", [](Hands &h) { return tg_service_holds(h.service, visit<void *, const tg_hold_info *>, nullptr); }},
      {"tg_service_describe",
       [](Hands &h) {
         char text[8];
         return tg_service_describe(h.other, 1, 1, text, sizeof text), kNoResult;
       }},
      {"tg_service_info_get",
       [](Hands &h) {
         tg_service_info info = TG_INIT(tg_service_info);
         return tg_service_info_get(h.service, &info);
       }},
      {"tg_host_subscribe",
       [](Hands &h) {
         tg_subscription *more = nullptr;
         return tg_host_subscribe(h.host, UINT64_MAX, visit<void *, const tg_event *>, nullptr, &more);
       }},
      {"tg_unsubscribe", [](Hands &h) { return tg_unsubscribe(h.subscription); }},
      {"tg_control_open", [](Hands &h) { return tg_control_open(h.host, &h.control_options, &h.opened); }},
      {"tg_control_close", [](Hands &h) { return tg_control_close(h.control); }},
      {"tg_host_events_wait", [](Hands &h) { return tg_host_events_wait(h.host, tg_host_events_last(h.host), kSoon); }},
      {"tg_host_wait", [](Hands &h) { return tg_host_wait(h.host, kSoon); }},
      {"tg_service_wait", [](Hands &h) { return tg_service_wait(h.service, TG_UNTIL_DRAINED, kSoon); }},
      {"tg_host_load_plugin", [](Hands &h) { return tg_host_load_plugin(h.host, TG_STR("/no/such.so"), kNone); }},
      {"tg_plugin_load",
       [](Hands &h) {
         tg_plugin_options options = TG_INIT(tg_plugin_options);
         options.path = TG_STR("/no/such.so");
         return tg_plugin_load(h.host, &options);
       }},
      {"tg_plugin_reload", [](Hands &h) { return tg_plugin_reload(h.host, TG_STR("com.example.calls"), kNone); }},
      {"tg_plugin_reload_by", [](Hands &h) { return tg_plugin_reload_by(h.host, TG_STR("com.example.calls"), kNone, nullptr); }},
      {"tg_plugin_reconfigure", [](Hands &h) { return tg_plugin_reconfigure(h.host, TG_STR("com.example.calls"), TG_STR("{}")); }},
      {"tg_plugin_reconfigure_by",
       [](Hands &h) { return tg_plugin_reconfigure_by(h.host, TG_STR("com.example.calls"), TG_STR("{}"), nullptr); }},
      {"tg_plugin_unload", [](Hands &h) { return tg_plugin_unload(h.host, TG_STR("com.example.calls")); }},
      {"tg_plugin_unload_by", [](Hands &h) { return tg_plugin_unload_by(h.host, TG_STR("com.example.calls"), nullptr); }},
      {"tg_service_create",
       [](Hands &h) {
         tg_service_options options = TG_INIT(tg_service_options);
         options.name = TG_STR("INNER");
         tg_service *made = nullptr;
         return tg_service_create(h.host, &options, &made);
       }},
      {"tg_service_needs", [](Hands &h) { return tg_service_needs(h.service, h.other); }},
      {"tg_service_drain", [](Hands &h) { return tg_service_drain(h.other, nullptr); }},
      {"tg_service_resume", [](Hands &h) { return tg_service_resume(h.other, nullptr); }},
      {"tg_service_stop", [](Hands &h) { return tg_service_stop(h.other, nullptr); }},
      {"tg_service_start", [](Hands &h) { return tg_service_start(h.other, nullptr); }},
      {"tg_host_drain", [](Hands &h) { return tg_host_drain(h.host, nullptr, nullptr); }},
      {"tg_host_resume", [](Hands &h) { return tg_host_resume(h.host, nullptr, nullptr); }},
      {"tg_host_start", [](Hands &h) { return tg_host_start(h.host, nullptr, nullptr); }},
      {"tg_host_terminate", [](Hands &h) { return tg_host_terminate(h.host, nullptr); }},
  };
  return all;
}

/// The thread tag of each function, as its header has it.
std::map<std::string, std::string> tags() {
  std::map<std::string, std::string> out;
  for (const auto &file : std::filesystem::directory_iterator(SOURCES "/abi/include/tidegate")) {
    if (!file.is_regular_file()) continue;
    const std::string text = whole(file.path());
    static const std::regex function(R"(\nTG_API [\w ]+?\*?(tg_\w+)\()");
    for (std::sregex_iterator it(text.begin(), text.end(), function), end; it != end; ++it) {
      const std::size_t tag = text.rfind("Threads: [", static_cast<std::size_t>(it->position()));
      out[(*it)[1]] = text.substr(tag + 10, text.find_first_of(",]", tag) - tag - 10);
    }
  }
  return out;
}

class CallbackCallsTest : public PluginsTest, public testing::WithParamInterface<const char *> {
 protected:
  void SetUp() override {
    char folder[] = "/tmp/tg-calls-XXXXXX";
    folder_ = mkdtemp(folder);
    hands_.host = host_.handle();
    host_.add_service([] {
      tg_service_options other = TG_INIT(tg_service_options);
      other.name = TG_STR("OTHER");
      return other;
    }());
    tg_service_options options = TG_INIT(tg_service_options);
    options.name = TG_STR("HERE");
    options.max_sessions = 1;
    options.user = this;
    options.start = [](void *user) { return self(user).here("service.start"), TG_OK; };
    options.stop = [](void *user) { self(user).here("service.stop"); };
    options.close = [](void *user, tg_ticket, std::uint64_t) {
      self(user).here("service.close");
      self(user).let_go();
    };
    options.describe = [](void *user, tg_ticket, std::uint64_t, char *, std::uint64_t) -> std::uint64_t {
      return self(user).here("service.describe"), 0;
    };
    options.notice = [](void *user, tg_ticket, std::uint64_t, std::uint64_t) { self(user).here("service.notice"); };
    service_ = host_.add_service(options);
    hands_.service = service_.handle();
    hands_.other = host_.service("OTHER").handle();
    tg_service_start(hands_.other, nullptr);
    const auto on_event = [](void *user, const tg_event *) { self(user).here("subscriber"); };
    ASSERT_EQ(tg_host_subscribe(hands_.host, 0, on_event, this, &hands_.subscription), TG_OK);
    control_directory_ = folder_ + "/a", other_directory_ = folder_ + "/b";
    tg_control_options control = TG_INIT(tg_control_options);
    control.directory = str(control_directory_);
    hands_.control_options.directory = str(other_directory_);
    ASSERT_EQ(tg_control_open(hands_.host, &control, &hands_.control), TG_OK);
  }
  void TearDown() override {
    let_go();
    tg_control_close(hands_.opened);
    tg_control_close(hands_.control);
    EXPECT_EQ(tg_host_destroy(hands_.made), TG_OK);
    EXPECT_NO_THROW(host_.destroy());
    std::filesystem::remove_all(folder_);
  }
  static CallbackCallsTest &self(void *user) { return *static_cast<CallbackCallsTest *>(user); }

  /// A callback: makes all calls when it is the one that is tried, once.
  void here(std::string_view place) {
    if (place != GetParam() || begun_.exchange(true)) return;
    for (const auto &[name, call] : rows()) results_.emplace_back(name, call(hands_));
    done_ = true;
  }
  void let_go() {
    if (const tg_ticket ticket = ticket_.exchange(0)) tg_release(hands_.service, ticket);
  }

  /// What makes each callback be called.
  void provoke() {
    const std::string path = fixture("calls");
    calls &with = shared<calls>();
    with.user = this;
    with.called = [](void *user, const char *function) { self(user).here("plugin." + std::string(function)); };
    const tg_plugin_options given = options(path, config_ = at(with));
    tg_plugin_load(hands_.host, &given);
    tg_service_start(hands_.service, nullptr);
    tg_service_wait(hands_.service, TG_UNTIL_RUNNING, kMoment);
    tg_ticket ticket = 0, none = 0;
    tg_admit(hands_.service, nullptr, nullptr, &ticket);
    ticket_ = ticket;
    tg_admit(hands_.service, nullptr, nullptr, &none);  // there is room for one: the policy's yes is cancelled
    tg_release(hands_.service, none);
    char text[8];
    tg_service_describe(hands_.service, ticket, 0, text, sizeof text);
    visitors();
    tg_plugin_reconfigure(hands_.host, TG_STR("com.example.calls"), str(config_));
    tg_drain_options drain = TG_INIT(tg_drain_options);
    drain.intent = TG_INTENT_STOP;
    drain.deadline_ns = 100'000'000;
    drain.notice_window_ns = 1'000'000;
    tg_service_drain(hands_.service, &drain);
    tg_service_wait(hands_.service, TG_UNTIL_STOPPED, kMoment);
    let_go();
    if (std::string_view(GetParam()).starts_with("plugin.") && !begun_) tg_plugin_unload(hands_.host, TG_STR("com.example.calls"));
    eventually([&] { return done_.load(); });
  }

  void visitors() {
    const auto service = [](void *user, tg_service *) { self(user).here("visit.services"); };
    const auto event = [](void *user, const tg_event *) { self(user).here("visit.events"); };
    const auto session = [](void *user, const tg_session_info *) { self(user).here("visit.sessions"); };
    const auto blocker = [](void *user, const tg_session_info *) { self(user).here("visit.blockers"); };
    const auto hold = [](void *user, const tg_hold_info *) { self(user).here("visit.holds"); };
    const auto plugin = [](void *user, const tg_plugin_info *) { self(user).here("visit.plugins"); };
    const auto metric = [](void *user, const tg_metric_info *) { self(user).here("visit.metrics"); };
    tg_host_services(hands_.host, service, this);
    tg_host_events(hands_.host, 0, 0, event, this);
    tg_service_sessions(hands_.service, 0, session, this);
    tg_service_blockers(hands_.service, 0, blocker, this);
    if (std::string_view(GetParam()) == "visit.holds") tg_service_drain(hands_.other, nullptr);
    tg_service_holds(hands_.other, hold, this);
    tg_host_plugins(hands_.host, plugin, this);
    tg_host_metrics(hands_.host, metric, this);
  }

  Hands hands_;
  std::string folder_, control_directory_, other_directory_, config_;
  std::atomic<tg_ticket> ticket_{0};
  std::atomic<bool> begun_{false}, done_{false};
  std::vector<std::pair<std::string, std::int64_t>> results_;
};

TEST_P(CallbackCallsTest, L13_WhatPromisesARefusal_ReturnsIt_AndNothingCrashes) {
  provoke();
  const std::string_view place = GetParam();
  const bool in_policy = place == "plugin.ask" || place == "plugin.cancelled" || place == "plugin.released";
  const std::map<std::string, std::string> tag_of = tags();
  ASSERT_EQ(results_.size(), rows().size());
  for (const auto &[name, result] : results_) {
    const bool refused = result == TG_E_MISUSE || result == TG_E_REENTRANT;
    const std::string &tag = tag_of.at(name);
    if (name == "tg_service_describe" || name == "tg_host_events_last") continue;  // they return no error
    if (tag == "any") {
      EXPECT_EQ(result == TG_E_REENTRANT, name == "tg_admit" && in_policy) << name;
    } else if (in_policy) {
      EXPECT_EQ(result, TG_E_REENTRANT) << name;
    } else if (tag == "wait") {
      EXPECT_TRUE(refused) << name << " returned " << result << ", and would wait for itself";
    } else if (name != "tg_host_fd" && name != "tg_host_poll") {  // which are of hosts without a steward
      EXPECT_FALSE(refused) << name << " returned " << result;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, CallbackCallsTest,
    testing::Values("service.start", "service.stop", "service.close", "service.describe", "service.notice", "subscriber",
                    "visit.services", "visit.events", "visit.sessions", "visit.blockers", "visit.holds", "visit.plugins",
                    "visit.metrics", "plugin.create", "plugin.start", "plugin.timer", "plugin.ask", "plugin.cancelled",
                    "plugin.released", "plugin.before_start", "plugin.started", "plugin.drain_started", "plugin.drained",
                    "plugin.stopping", "plugin.stopped", "plugin.take", "plugin.collect", "plugin.reconfigure", "plugin.stop",
                    "plugin.destroy"),
    [](const auto &info) { return std::regex_replace(std::string(info.param), std::regex("\\."), "_"); });

TEST(CallbackCallsListTest, L13_EveryExportedFunctionHasARow) {
  std::set<std::string> tried, exported;
  for (const auto &[name, call] : rows()) tried.insert(name);
  const std::string map = whole(SOURCES "/sdk/libtidegate.map");
  static const std::regex name(R"((tg_\w+);)");
  for (std::sregex_iterator it(map.begin(), map.end(), name), end; it != end; ++it) exported.insert((*it)[1]);
  EXPECT_EQ(tried, exported);
}

}  // namespace
}  // namespace tidegate

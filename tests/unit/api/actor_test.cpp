// Who asks (FINDINGS L7): a name that cannot be kept as it is is refused, by every call that takes one; who asked through a
// socket is recorded beside the name.
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "tidegate/host.hpp"

namespace tidegate {
namespace {

std::string name_of(std::size_t length, const char *end) {
  std::string out(length, 'n');
  out.append(end);
  return out;
}

class ActorTest : public testing::Test {
 protected:
  ActorTest() {
    tg_service_options options = TG_INIT(tg_service_options);
    options.name = str("S");
    service_ = host_.add_service(options);
    service_.start();
  }

  static Host host() {
    tg_host_options options = TG_INIT(tg_host_options);
    options.name = str("actor-test");
    options.loop = TG_LOOP_POLL;
    options.log_path = str("/dev/null");
    return Host(options);
  }

  /// Each call that says who asks, by its name.
  std::vector<std::pair<const char *, std::function<void(const Action &)>>> calls() {
    const Selection one{{"S"}, {}};
    const auto drain = [](const Action &action) {
      DrainOptions options;
      options.action = action;
      return options;
    };
    return {
        {"tg_service_start", [=, this](const Action &action) { service_.start(action); }},
        {"tg_service_stop", [=, this](const Action &action) { service_.stop(action); }},
        {"tg_service_drain", [=, this](const Action &action) { service_.drain(drain(action)); }},
        {"tg_service_drain, stop", [=, this](const Action &action) { service_.stop_gracefully(drain(action)); }},
        {"tg_service_drain, restart", [=, this](const Action &action) { service_.restart(drain(action)); }},
        {"tg_service_resume",
         [=, this](const Action &action) {
           service_.resume({action, false});
         }},
        {"tg_host_start", [=, this](const Action &action) { host_.start(one, action); }},
        {"tg_host_drain", [=, this](const Action &action) { host_.drain(one, TG_INTENT_STAY, drain(action)); }},
        {"tg_host_resume",
         [=, this](const Action &action) {
           host_.resume(one, {action, false});
         }},
        {"tg_host_terminate", [=, this](const Action &action) { host_.terminate(drain(action)); }},
    };
  }

  Host host_ = host();
  Service service_{nullptr};
};

TEST_F(ActorTest, L7_NameOrReasonThatCannotBeKept_IsRefusedByEveryCall_AndNothingIsChanged) {
  const std::string long_name(64, 'n'), long_reason(128, 'r'), split = name_of(62, "\xc3\xa9");
  const std::vector<std::pair<const char *, Action>> wrong = {
      {"a byte more", {long_name, ""}},
      {"half a character more", {split, ""}},
      {"far more", {std::string_view(), ""}},
      {"not UTF-8", {"op\xff", ""}},
      {"a line end", {"op\r\n1", ""}},
      {"a terminal's code", {"op\xc2\x9b", ""}},
      {"a mark of direction", {"op\u202e1", ""}},
      {"a long reason", {"op1", long_reason}},
  };
  const std::string farther(4000, 'f');
  for (auto [how, action] : wrong) {
    if (std::string_view(how) == "far more") action.actor = farther;
    for (const auto &[name, call] : calls()) {
      const std::uint64_t last = host_.last_event();
      try {
        call(action);
        ADD_FAILURE() << name << " takes " << how;
      } catch (const Error &error) {
        EXPECT_EQ(error.code(), TG_E_INVALID) << name << ", " << how;
        EXPECT_NE(std::string(error.what()).find(action.reason.empty() ? "actor" : "reason"), std::string::npos)
            << error.what();
      }
      EXPECT_EQ(host_.last_event(), last) << name << ", " << how;
      EXPECT_EQ(service_.info().status, static_cast<std::uint32_t>(TG_STATUS_RUNNING)) << name;
    }
  }
}

TEST_F(ActorTest, L7_TwoLongNames_AreTwoHolders) {
  const std::string a = name_of(62, "a"), b = name_of(62, "b"), reason(127, 'r');
  for (const std::string &name : {a, b}) {
    DrainOptions options;
    options.action = {name, reason};
    service_.drain(options);
  }
  ASSERT_EQ(service_.holds().size(), 2u);
  EXPECT_EQ(service_.resume({{a, ""}, false}), TG_HELD);
  EXPECT_EQ(service_.info().status, static_cast<std::uint32_t>(TG_STATUS_PAUSED));
}

TEST_F(ActorTest, L7_ProcessThatAsked_IsRecordedBesideTheName) {
  DrainOptions options;
  options.action = {"op1", "patch", 1000, 4711};
  service_.drain(options);
  service_.resume({{"op1", "", 0, 12}, false});
  service_.drain(DrainOptions{});
  std::vector<std::string> seen;
  host_.events(0, [&](const tg_event &event) {
    if (event.number == TG_EVENT_DRAIN_STARTED || event.number == TG_EVENT_HOLD_LIFTED)
      seen.push_back(std::to_string(event.peer_uid) + "/" + std::to_string(event.peer_pid));
    if (event.peer_pid != 4711) return;
    EXPECT_NE(format(event, TG_FORMAT_TEXT).find("[uid 1000, process 4711]"), std::string::npos);
    EXPECT_NE(format(event, TG_FORMAT_JSON).find("\"peer_uid\":1000,\"peer_pid\":4711"), std::string::npos);
  });
  EXPECT_EQ(seen, (std::vector<std::string>{"1000/4711", "0/12", "0/0"}));
}

}  // namespace
}  // namespace tidegate

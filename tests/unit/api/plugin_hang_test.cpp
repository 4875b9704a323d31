// P1: a plugin that hangs, in whichever call, keeps no process alive: its host ends within a bound, and the last thing that is said is
// which call of which plugin did not come back.
#include <sys/socket.h>
#include <sys/un.h>

#include <fstream>
#include <future>
#include <memory>

#include "../../fixtures/wild.h"
#include "plugin_fixture.hpp"

namespace tidegate {
namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kBound = std::chrono::seconds(10);  // of tg_host_destroy(), 5 s of which are for plugins

class PluginHangTest : public PluginsTest {
 protected:
  static std::string last_line(const std::string &path) {
    std::ifstream in(path);
    std::string last;
    for (std::string line; std::getline(in, line);) last = line;
    return last;
  }

  /// A host of its own, whose plugin hangs in a call that `act` makes on another thread; then the host is destroyed.
  void expect_it_ends(const char *hangs, const std::function<tg_result(tg_host *)> &act) {
    wild &it = shared<wild>();
    write(it.hangs, hangs);
    const std::string log = testing::TempDir() + "/hang_" + std::to_string(getpid()) + ".log";
    unlink(log.c_str());
    tg_host_options named = host_options();
    named.name = TG_STR("hanging");
    named.log_format = TG_FORMAT_TEXT;
    named.log_path = str(log);
    std::optional<Host> host(std::in_place, named);
    const std::string path = fixture("wild"), config = at(it);
    const tg_plugin_options given = options(path, config);
    const bool while_loading = std::string_view(hangs) == "create" || std::string_view(hangs) == "start";
    tg_host *const handle = host->handle();
    std::future<tg_result> asked;
    if (while_loading) {
      asked = std::async(std::launch::async, [&, handle] { return tg_plugin_load(handle, &given); });
    } else {
      check(tg_plugin_load(handle, &given));
      if (act) asked = std::async(std::launch::async, [&, handle] { return act(handle); });
    }
    if (asked.valid()) eventually([&] { return read(it.waiting) != 0; });
    const auto before = Clock::now();
    host.reset();
    EXPECT_LT(Clock::now() - before, kBound) << hangs;
    if (asked.valid()) {
      ASSERT_EQ(asked.wait_for(kLimit), std::future_status::ready) << "who waited for the change is answered";
      EXPECT_EQ(asked.get(), TG_E_CLOSING);
    }
    const std::string last = last_line(log);
    EXPECT_TRUE(has(last, "com.example.wild")) << last;
    EXPECT_TRUE(has(last, std::string("its ") + hangs)) << last;
    EXPECT_TRUE(has(last, "25182")) << last;
    __atomic_store_n(&it.go_on, 1, __ATOMIC_SEQ_CST);  // what comes back now touches nothing that was freed
  }
};

TEST_F(PluginHangTest, Create_TheHostEndsWithinItsBound) { expect_it_ends("create", {}); }
TEST_F(PluginHangTest, Start_TheHostEndsWithinItsBound) { expect_it_ends("start", {}); }
TEST_F(PluginHangTest, Stop_TheHostEndsWithinItsBound) { expect_it_ends("stop", {}); }
TEST_F(PluginHangTest, Destroy_TheHostEndsWithinItsBound) { expect_it_ends("destroy", {}); }
TEST_F(PluginHangTest, Reconfigure_TheHostEndsWithinItsBound) {
  expect_it_ends("reconfigure", [](tg_host *host) { return tg_plugin_reconfigure(host, str("com.example.wild"), str("{}")); });
}
TEST_F(PluginHangTest, StopInAReload_TheHostEndsWithinItsBound) {
  wild &heir = shared<wild>();
  expect_it_ends("stop", [&](tg_host *host) { return tg_plugin_reload(host, str("com.example.wild"), str(at(heir))); });
}

/// A thread of the server is inside a policy at the end: the host stays in memory for it.
class PluginHangInPolicyTest : public PluginsTest, public testing::WithParamInterface<const char *> {};

TEST_P(PluginHangInPolicyTest, P1_TheHostEndsWithinItsBound_AndStaysForTheThreadInside) {
  wild &it = shared<wild>();
  tg_host_options named = host_options();
  named.name = TG_STR("policy");
  tg_host *host = nullptr;
  ASSERT_EQ(tg_host_create(&named, &host), TG_OK);
  tg_service_options about = TG_INIT(tg_service_options);
  about.name = TG_STR("S");
  tg_service *service = nullptr;
  ASSERT_EQ(tg_service_create(host, &about, &service), TG_OK);
  ASSERT_EQ(tg_service_start(service, nullptr), TG_OK);
  ASSERT_EQ(tg_service_wait(service, TG_UNTIL_RUNNING, 20'000'000'000), TG_OK);
  const std::string path = fixture("wild"), config = at(it);
  const tg_plugin_options given = options(path, config);
  ASSERT_EQ(tg_plugin_load(host, &given), TG_OK);
  const bool in_ask = std::string_view(GetParam()) == "ask";
  const auto admit = [service] {
    tg_ticket ticket = 0;
    tg_admit(service, nullptr, nullptr, &ticket);
    return ticket;
  };
  const tg_ticket before = in_ask ? 0 : admit();
  write(it.hangs, GetParam());
  std::thread inside([&] { in_ask ? static_cast<void>(admit()) : static_cast<void>(tg_release(service, before)); });
  eventually([&] { return read(it.waiting) != 0; });
  const auto began = std::chrono::steady_clock::now();
  EXPECT_EQ(tg_host_destroy(host), TG_RETAINED);
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(11));
  __atomic_store_n(&it.go_on, 1, __ATOMIC_SEQ_CST);  // the call returns into a host that is still there
  inside.join();
}

INSTANTIATE_TEST_SUITE_P(Calls, PluginHangInPolicyTest, testing::Values("ask", "released"),
                         [](const auto &info) { return std::string(info.param); });

/// The bound is for all plugins together, and those that do not hang are stopped and destroyed.
TEST_F(PluginHangTest, SeveralPlugins_TheBoundIsForAll_AndTheOthersAreDestroyed) {
  wild &it = shared<wild>();
  write(it.hangs, "stop");
  counting &before = shared<counting>();
  std::optional<Host> host;
  tg_host_options named = host_options();
  named.name = TG_STR("several");
  host.emplace(named);
  const std::string wild_path = fixture("wild"), wild_config = at(it), counting_path = fixture("counting"), counting_config = at(before);
  const tg_plugin_options first = options(counting_path, counting_config), second = options(wild_path, wild_config);
  check(tg_plugin_load(host->handle(), &first));
  check(tg_plugin_load(host->handle(), &second));
  const auto began = Clock::now();
  host.reset();
  EXPECT_LT(Clock::now() - began, std::chrono::seconds(6));
  __atomic_store_n(&it.go_on, 1, __ATOMIC_SEQ_CST);
}

/// Who waits for its turn behind a change that hangs is answered too.
TEST_F(PluginHangTest, ThoseWhoWaitBehindAChange_AreAnswered) {
  wild &it = shared<wild>();
  write(it.hangs, "reconfigure");
  tg_host_options named = host_options();
  named.name = TG_STR("queue");
  std::optional<Host> host(std::in_place, named);
  const std::string path = fixture("wild"), config = at(it);
  const tg_plugin_options given = options(path, config);
  check(tg_plugin_load(host->handle(), &given));
  tg_host *const handle = host->handle();
  const auto reconfigure = [handle] { return tg_plugin_reconfigure(handle, str("com.example.wild"), str("{}")); };
  std::vector<std::future<tg_result>> all;
  all.push_back(std::async(std::launch::async, reconfigure));
  eventually([&] { return read(it.waiting) != 0; });
  for (int i = 0; i < 3; ++i) all.push_back(std::async(std::launch::async, reconfigure));
  host.reset();
  for (auto &one : all) EXPECT_EQ(one.get(), TG_E_CLOSING);
  __atomic_store_n(&it.go_on, 1, __ATOMIC_SEQ_CST);
}

/// P13: the events that a call hangs name the call.
/// A change that was asked for over the control socket keeps neither that nor the host from being closed.
TEST_F(PluginHangTest, ControlSocket_IsClosedThoughAChangeItAskedForHangs) {
  wild &it = shared<wild>();
  write(it.hangs, "reconfigure");
  tg_host_options named = host_options();
  named.name = TG_STR("controlled");
  std::optional<Host> host(std::in_place, named);
  const std::string path = fixture("wild"), config = at(it);
  const tg_plugin_options given = options(path, config);
  check(tg_plugin_load(host->handle(), &given));
  std::string folder = testing::TempDir() + "/control_XXXXXX";
  ASSERT_NE(mkdtemp(folder.data()), nullptr);
  auto control = std::make_unique<Control>(host->open_control(folder));
  const int client = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  control->path().copy(address.sun_path, sizeof address.sun_path - 1);
  ASSERT_EQ(connect(client, reinterpret_cast<const sockaddr *>(&address), sizeof address), 0);
  const std::string ask = R"({"verb":"plugin-reconfigure","id":"com.example.wild","config":"{}"})" "\n";
  ASSERT_EQ(send(client, ask.data(), ask.size(), 0), static_cast<ssize_t>(ask.size()));
  eventually([&] { return read(it.waiting) != 0; });
  const auto began = Clock::now();
  control.reset();
  EXPECT_LT(Clock::now() - began, std::chrono::seconds(6));
  host.reset();
  EXPECT_LT(Clock::now() - began, kBound);
  close(client);
  __atomic_store_n(&it.go_on, 1, __ATOMIC_SEQ_CST);
}

TEST_F(PluginHangTest, Events_NameTheCallThatHangs) {
  wild &it = shared<wild>();
  const std::string path = fixture("wild"), config = at(it);
  tg_plugin_options given = options(path, config);
  given.hang_after_ns = 1'000'000;
  given.drain_limit_ns = 50'000'000;
  check(tg_plugin_load(host_.handle(), &given));
  write(it.hangs, "take");
  service_.drain();
  wait_for(TG_EVENT_WORKER_HANGS);
  EXPECT_TRUE(has(text_of(TG_EVENT_WORKER_HANGS), "com.example.wild 1: its take of event 25"))
      << text_of(TG_EVENT_WORKER_HANGS);
  write(it.hangs, "reconfigure");
  __atomic_store_n(&it.go_on, 0, __ATOMIC_SEQ_CST);
  std::thread caller([&] { tg_plugin_reconfigure(host_.handle(), str("com.example.wild"), str("{}")); });
  wait_for(TG_EVENT_PLUGIN_CHANGE_HANGS);
  EXPECT_TRUE(has(text_of(TG_EVENT_PLUGIN_CHANGE_HANGS), "com.example.wild, in its reconfigure")) << text_of(TG_EVENT_PLUGIN_CHANGE_HANGS);
  __atomic_store_n(&it.go_on, 1, __ATOMIC_SEQ_CST);
  caller.join();
}

/// P13: an unload waits its limit once.
TEST_F(PluginHangTest, Unload_WaitsItsLimitOnce) {
  wild &it = shared<wild>();
  const std::string path = fixture("wild"), config = at(it);
  tg_plugin_options given = options(path, config);
  given.drain_limit_ns = 1'000'000'000;
  check(tg_plugin_load(host_.handle(), &given));
  write(it.hangs, "take");
  service_.drain();
  eventually([&] { return read(it.waiting) != 0; });
  const auto before = Clock::now();
  EXPECT_EQ(tg_plugin_unload(host_.handle(), str("com.example.wild")), TG_RETAINED);
  const auto took = Clock::now() - before;
  EXPECT_GE(took, std::chrono::milliseconds(900));
  EXPECT_LT(took, std::chrono::milliseconds(1700));
  EXPECT_TRUE(has(text_of(TG_EVENT_PLUGIN_RETAINED), "its take of event")) << text_of(TG_EVENT_PLUGIN_RETAINED);
  __atomic_store_n(&it.go_on, 1, __ATOMIC_SEQ_CST);
}

}  // namespace
}  // namespace tidegate

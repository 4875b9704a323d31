// FINDINGS L12: a process that forbids system calls to itself, as a sandbox does, after it has made a host and before.

#include <sys/wait.h>

#include <chrono>

#include "../../fixtures/counting.h"
#include "../../fixtures/sandbox.hpp"
#include "api_test.hpp"
#include "tidegate/plugins.h"

namespace tidegate {
namespace {

#define MUST(fact) \
  if (!(fact)) _exit(__LINE__ % 256)

/// A host with one service that runs, for one process.
struct Server {
  explicit Server(const tg_host_options &options) {
    alarm(20);
    MUST(tg_host_create(&options, &host) == TG_OK);
    tg_service_options of_service = TG_INIT(tg_service_options);
    of_service.name = TG_STR("S");
    of_service.max_sessions = 1000;
    MUST(tg_service_create(host, &of_service, &service) == TG_OK);
    MUST(tg_service_start(service, nullptr) == TG_OK);
  }
  tg_ticket admit() const {
    tg_ticket ticket = 0;
    MUST(tg_admit(service, nullptr, nullptr, &ticket) == TG_OK);
    return ticket;
  }
  tg_service_info info() const {
    tg_service_info info = TG_INIT(tg_service_info);
    MUST(tg_service_info_get(service, &info) == TG_OK);
    return info;
  }

  tg_host *host = nullptr;
  tg_service *service = nullptr;
};

constexpr tg_str kPlugin = TG_STR("com.example.counting");

void load_counting(const Server &server, counting &counters) {
  const std::string config = "{\"at\":" + std::to_string(reinterpret_cast<std::uintptr_t>(&counters)) + "}";
  tg_plugin_options options = TG_INIT(tg_plugin_options);
  options.path = TG_STR(FIXTURES "/counting.so");
  options.config = str(config);
  MUST(tg_plugin_load(server.host, &options) == TG_OK);
}

bool says(std::string_view part) { return view(tg_last_error()).find(part) != std::string_view::npos; }

/// Without either fence nothing is claimed that cannot be known, and nothing waits for it.
[[noreturn]] void drain_without_a_fence(const tg_host_options &options) {
  const Server server(options);
  counting counters{};
  load_counting(server, counters);
  const tg_ticket ticket = server.admit();
  MUST(ticket != 0);
  MUST(forbid({__NR_membarrier, __NR_sched_setaffinity}));
  const tg_result drained = tg_service_drain(server.service, nullptr);
  if (drained == TG_OK) _exit(0);  // of a gate that needs no fence
  MUST(drained == TG_E_SYSTEM && says("membarrier"));
  const tg_service_info info = server.info();
  MUST(info.status == TG_STATUS_RUNNING && info.ready == 1 && info.epoch == 0 && info.holds == 0);
  const tg_ticket another = server.admit();
  MUST(another != 0);
  MUST(tg_host_drain(server.host, nullptr, nullptr) == TG_E_SYSTEM);
  MUST(tg_service_stop(server.service, nullptr) == TG_E_SYSTEM);
  const auto began = std::chrono::steady_clock::now();
  MUST(tg_plugin_reload(server.host, kPlugin, {}) == TG_E_SYSTEM && says("membarrier") && !says("has not come back"));
  MUST(std::chrono::steady_clock::now() - began < std::chrono::seconds(2));
  MUST(tg_release(server.service, ticket) == TG_OK);
  MUST(tg_release(server.service, another) == TG_OK);
  MUST(server.info().sessions == 0);
  MUST(tg_host_terminate(server.host, nullptr) == TG_E_SYSTEM);  // it says why, and nothing is started any more
  MUST(tg_service_start(server.service, nullptr) == TG_E_CLOSING);
  MUST(tg_host_terminate(server.host, nullptr) == TG_E_SYSTEM);
  MUST(tg_host_terminate(server.host, nullptr) == TG_OK);
  MUST(tg_host_wait(server.host, 10'000'000'000) == TG_OK);
  const tg_result destroyed = tg_host_destroy(server.host);  // calls of a policy cannot be ruled out: the plugin stays
  MUST(destroyed == TG_OK || destroyed == TG_RETAINED);
  _exit(0);
}

/// Without membarrier alone a host has another fence, and everything works as before.
[[noreturn]] void drain_without_membarrier(const tg_host_options &options) {
  const Server server(options);
  counting counters{};
  load_counting(server, counters);
  const tg_ticket ticket = server.admit();
  MUST(forbid({__NR_membarrier}));
  MUST(tg_plugin_reload(server.host, kPlugin, {}) == TG_OK);
  MUST(tg_service_drain(server.service, nullptr) == TG_OK);
  MUST(server.admit() == 0);
  MUST(server.info().sessions == 1);
  MUST(tg_release(server.service, ticket) == TG_OK);
  MUST(tg_service_wait(server.service, TG_UNTIL_DRAINED, 10'000'000'000) == TG_OK);
  MUST(tg_service_resume(server.service, nullptr) == TG_OK);
  MUST(tg_release(server.service, server.admit()) == TG_OK);
  MUST(tg_host_terminate(server.host, nullptr) == TG_OK);
  MUST(tg_host_wait(server.host, 10'000'000'000) == TG_OK);
  MUST(tg_plugin_unload(server.host, kPlugin) == TG_OK);
  MUST(tg_host_destroy(server.host) == TG_OK);
  _exit(0);
}

/// A server that enters its sandbox first: the host gets the gate that needs no fence.
[[noreturn]] void make_a_host_without_a_fence(const tg_host_options &options) {
  MUST(forbid({__NR_membarrier}));
  const Server server(options);
  const tg_ticket ticket = server.admit();
  MUST(ticket != 0);
  MUST(tg_service_drain(server.service, nullptr) == TG_OK);
  MUST(server.admit() == 0);
  MUST(tg_release(server.service, ticket) == TG_OK);
  MUST(tg_service_wait(server.service, TG_UNTIL_DRAINED, 10'000'000'000) == TG_OK);
  MUST(tg_host_destroy(server.host) == TG_OK);
  _exit(0);
}

void expect_clean(void (*run)(const tg_host_options &), const tg_host_options &options) {
  const pid_t child = fork();
  if (child == 0) run(options);
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0) << "line " << WEXITSTATUS(status);
}

TEST_F(ApiTest, Fence_ThatIsRefused_RefusesTheDrainTheServiceRunsOn_AndTheHostStillEnds) {
  expect_clean(drain_without_a_fence, host_options());
}

TEST_F(ApiTest, Fence_ThatIsRefused_HasASubstitute_DrainReloadAndEndWork) {
  expect_clean(drain_without_membarrier, host_options());
}

TEST_F(ApiTest, Fence_ThatIsRefusedBeforeTheHostIsMade_GivesItTheOtherGate) {
  expect_clean(make_a_host_without_a_fence, host_options());
}

}  // namespace
}  // namespace tidegate

// Prefork servers: a host belongs to the process that made it, and each child makes its own.

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>
#include <future>
#include <utility>

#include "../../fixtures/counting.h"
#include "api_test.hpp"

namespace tidegate {
namespace {

class ForkTest : public ApiTest {
 protected:
  /// Runs `body` in a child. Returns: the line at which something was not so; 0 when all was.
  static int in_child(const std::function<int()> &body) {
    const pid_t child = fork();
    if (child == 0) {
      alarm(20);
      _exit(body());
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
  }

  Service service_ = add("S");
  tg_service *const s_ = service_.handle();
};

#define MUST(fact) \
  if (!(fact)) return __LINE__ % 256

TEST_F(ForkTest, HostOfTheParent_AnswersForkedInTheChild) {
  const tg_ticket ticket = admit(s_);
  EXPECT_EQ(in_child([&] {
              tg_verdict verdict = TG_INIT(tg_verdict);
              tg_ticket other = 1;
              MUST(tg_admit(s_, nullptr, &verdict, &other) == TG_E_FORKED && other == 0);
              MUST(view(tg_last_error()).find("make a host of its own") != std::string_view::npos);
              MUST(tg_admit(s_, nullptr, nullptr, &other) == TG_E_FORKED);
              MUST(tg_enter(s_) == TG_E_FORKED);
              MUST(tg_enter_child(s_, ticket) == TG_E_FORKED);
              MUST(tg_leave(s_) == TG_E_FORKED);
              MUST(tg_release(s_, ticket) == TG_E_FORKED);
              MUST(tg_session_active(s_, ticket) == TG_E_FORKED);
              MUST(tg_session_idle(s_, ticket) == TG_E_FORKED);
              MUST(tg_session_acknowledge(s_, ticket) == TG_E_FORKED);
              MUST(tg_host_events_last(host_.handle()) == 0);
              MUST(tg_service_ready(s_) == 0);
              MUST(tg_service_drain(s_, nullptr) == TG_E_FORKED);
              MUST(tg_service_resume(s_, nullptr) == TG_E_FORKED);
              MUST(tg_service_wait(s_, TG_UNTIL_DRAINED, TG_FOREVER) == TG_E_FORKED);
              tg_service_info info = TG_INIT(tg_service_info);
              MUST(tg_service_info_get(s_, &info) == TG_E_FORKED);
              MUST(tg_host_drain(host_.handle(), nullptr, nullptr) == TG_E_FORKED);
              MUST(tg_host_destroy(host_.handle()) == TG_E_FORKED);
              return 0;
            }),
            0);
  EXPECT_EQ(service_.info().sessions, 1u) << "the child has changed nothing";
  EXPECT_EQ(tg_release(s_, ticket), TG_OK);
}

TEST_F(ForkTest, HostOfTheChild_IsItsOwn) {
  const tg_ticket ticket = admit(s_);
  EXPECT_EQ(in_child([&] {
              tg_host *host = nullptr;
              const tg_host_options options = host_options();
              MUST(tg_host_create(&options, &host) == TG_OK);
              tg_service *service = nullptr;
              tg_service_options of_service = TG_INIT(tg_service_options);
              of_service.name = TG_STR("S");
              MUST(tg_service_create(host, &of_service, &service) == TG_OK);
              MUST(tg_service_start(service, nullptr) == TG_OK);
              tg_ticket mine = 0;
              MUST(tg_admit(service, nullptr, nullptr, &mine) == TG_OK && mine != 0);
              MUST(tg_enter(service) == 1);
              MUST(tg_service_drain(service, nullptr) == TG_OK);
              MUST(tg_enter(service) == 0);
              MUST(tg_leave(service) == TG_OK);
              MUST(tg_release(service, mine) == TG_OK);
              MUST(tg_service_wait(service, TG_UNTIL_DRAINED, 10'000'000'000) == TG_OK);
              MUST(tg_enter(s_) == TG_E_FORKED);
              MUST(tg_host_destroy(host) == TG_OK);
              return 0;
            }),
            0);
  service_.drain();
  EXPECT_EQ(service_.info().phase, TG_PHASE_DRAINING);
  EXPECT_EQ(tg_release(s_, ticket), TG_OK);
  EXPECT_TRUE(service_.wait(TG_UNTIL_DRAINED, kLimit));
}

TEST_F(ForkTest, ForkedWhileItDrains_TheParentsDrainEnds) {
  const tg_ticket ticket = admit(s_);
  service_.drain();
  EXPECT_EQ(in_child([&] {
              MUST(tg_enter_child(s_, ticket) == TG_E_FORKED);
              MUST(tg_release(s_, ticket) == TG_E_FORKED);
              return 0;
            }),
            0);
  EXPECT_EQ(service_.info().phase, TG_PHASE_DRAINING);
  EXPECT_EQ(tg_release(s_, ticket), TG_OK);
  EXPECT_TRUE(service_.wait(TG_UNTIL_DRAINED, kLimit));
}

/// Y2: the callback is of the parent's host, and the child may wait for its own.
TEST_F(ForkTest, HostOfTheChild_ForkedInsideACallback_MayWaitAndEnd) {
  std::promise<int> wrong;
  bool told = false;
  const Subscription subscription = host_.subscribe(
      [&](const tg_event &) {
        if (std::exchange(told, true)) return;
        wrong.set_value(in_child([&] {
          tg_host *host = nullptr;
          const tg_host_options options = host_options();
          MUST(tg_host_create(&options, &host) == TG_OK);
          tg_service *service = nullptr;
          tg_service_options of_service = TG_INIT(tg_service_options);
          of_service.name = TG_STR("S");
          MUST(tg_service_create(host, &of_service, &service) == TG_OK);
          MUST(tg_service_start(service, nullptr) == TG_OK);
          MUST(tg_service_wait(service, TG_UNTIL_RUNNING, TG_FOREVER) == TG_OK);
          MUST(tg_service_stop(service, nullptr) == TG_OK);
          MUST(tg_service_wait(service, TG_UNTIL_STOPPED, TG_FOREVER) == TG_OK);
          MUST(tg_host_destroy(host) == TG_OK);
          return 0;
        }));
      },
      0);
  EXPECT_EQ(wrong.get_future().get(), 0);  // the child has an alarm
}

/// What a policy shares with other processes is told once, by the process that asked it.
TEST_F(ForkTest, ReleaseInTheChild_TellsNoPolicy) {
  void *const shared = mmap(nullptr, sizeof(counting), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  auto &counters = *static_cast<counting *>(shared);
  host_.load_plugin(FIXTURES "/counting.so", "{\"at\":" + std::to_string(reinterpret_cast<std::uintptr_t>(shared)) + "}");
  const tg_ticket ticket = admit(s_);
  EXPECT_EQ(counters.yes, 1u);
  EXPECT_EQ(in_child([&] {
              MUST(tg_release(s_, ticket) == TG_E_FORKED);
              return 0;
            }),
            0);
  EXPECT_EQ(counters.released + counters.cancelled, 0u);
  EXPECT_EQ(tg_release(s_, ticket), TG_OK);
  EXPECT_EQ(counters.released, 1u);
}

}  // namespace
}  // namespace tidegate

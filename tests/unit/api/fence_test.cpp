// FINDINGS L12: a process that forbids membarrier(2) to itself, after it has made a host and before.

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>

#include "api_test.hpp"

namespace tidegate {
namespace {

/// For all threads of the process, from now on.
bool forbid_membarrier() {
  sock_filter filter[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_membarrier, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog program{4, filter};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program) == 0;
}

#define MUST(fact) \
  if (!(fact)) _exit(__LINE__ % 256)

[[noreturn]] void drain_without_a_fence(const tg_host_options &options) {
  alarm(20);
  tg_host *host = nullptr;
  MUST(tg_host_create(&options, &host) == TG_OK);
  tg_service *service = nullptr;
  tg_service_options of_service = TG_INIT(tg_service_options);
  of_service.name = TG_STR("S");
  MUST(tg_service_create(host, &of_service, &service) == TG_OK);
  MUST(tg_service_start(service, nullptr) == TG_OK);
  tg_ticket ticket = 0;
  MUST(tg_admit(service, nullptr, nullptr, &ticket) == TG_OK && ticket != 0);
  const bool has_sequences = syscall(SYS_membarrier, 0, 0, 0) >= 0;
  MUST(forbid_membarrier());
  const tg_result result = tg_service_drain(service, nullptr);
  if (result == TG_OK) _exit(0);  // of a gate that needs no fence
  MUST(has_sequences && result == TG_E_SYSTEM);
  MUST(view(tg_last_error()).find("membarrier") != std::string_view::npos);
  tg_service_info info = TG_INIT(tg_service_info);
  MUST(tg_service_info_get(service, &info) == TG_OK);
  MUST(info.status == TG_STATUS_RUNNING && info.ready == 1 && info.epoch == 0 && info.holds == 0);
  tg_ticket another = 0;
  MUST(tg_admit(service, nullptr, nullptr, &another) == TG_OK && another != 0);
  MUST(tg_host_drain(host, nullptr, nullptr) == TG_E_SYSTEM);
  MUST(tg_service_stop(service, nullptr) == TG_E_SYSTEM);
  MUST(tg_release(service, ticket) == TG_OK);
  MUST(tg_release(service, another) == TG_OK);
  MUST(tg_service_info_get(service, &info) == TG_OK && info.sessions == 0);
  MUST(tg_host_terminate(host, nullptr) == TG_E_SYSTEM);  // it says why, and nothing is started any more
  MUST(tg_service_start(service, nullptr) == TG_E_CLOSING);
  MUST(tg_host_destroy(host) == TG_OK);
  _exit(0);
}

/// A server that enters its sandbox first: the host gets the gate that needs no fence.
[[noreturn]] void make_a_host_without_a_fence(const tg_host_options &options) {
  alarm(20);
  MUST(forbid_membarrier());
  tg_host *host = nullptr;
  MUST(tg_host_create(&options, &host) == TG_OK);
  tg_service *service = nullptr;
  tg_service_options of_service = TG_INIT(tg_service_options);
  of_service.name = TG_STR("S");
  of_service.max_sessions = 1000;
  MUST(tg_service_create(host, &of_service, &service) == TG_OK);
  MUST(tg_service_start(service, nullptr) == TG_OK);
  tg_ticket ticket = 0;
  MUST(tg_admit(service, nullptr, nullptr, &ticket) == TG_OK && ticket != 0);
  MUST(tg_service_drain(service, nullptr) == TG_OK);
  tg_ticket another = 0;
  MUST(tg_admit(service, nullptr, nullptr, &another) == TG_OK && another == 0);
  MUST(tg_release(service, ticket) == TG_OK);
  MUST(tg_service_wait(service, TG_UNTIL_DRAINED, 10'000'000'000) == TG_OK);
  MUST(tg_host_destroy(host) == TG_OK);
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

TEST_F(ApiTest, Fence_ThatIsRefusedBeforeTheHostIsMade_GivesItTheOtherGate) {
  expect_clean(make_a_host_without_a_fence, host_options());
}

}  // namespace
}  // namespace tidegate

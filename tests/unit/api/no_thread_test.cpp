// C23: a call for which the system has no thread says what was tried and what to do.
#include <grp.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "plugin_fixture.hpp"

namespace tidegate {
namespace {

constexpr uid_t kNobody = 65534;

/// From here on this process has no other thread: root has no such limit, so it becomes another user.
void allow_no_thread() {
  const rlimit none{0, 0};
  if (setrlimit(RLIMIT_NPROC, &none) != 0) _exit(2);
}

/// In the child. Ends it unless the call fails with a sentence that helps.
void must_say(const char *call, tg_result result) {
  const std::string said(view(tg_last_error()));
  if (result == TG_E_SYSTEM && said.find("the thread tg-") != std::string::npos && said.find("raise the limit") != std::string::npos) return;
  dprintf(STDERR_FILENO, "%s: %d, %s\n", call, result, said.c_str());
  _exit(1);
}

tg_host *make(tg_result &result) {
  tg_host_options options = TG_INIT(tg_host_options);
  options.name = TG_STR("no-thread");
  options.log_format = TG_FORMAT_OFF;
  tg_host *host = nullptr;
  result = tg_host_create(&options, &host);
  return host;
}

void calls() {
  if (geteuid() == 0 && (setgroups(0, nullptr) != 0 || setresgid(kNobody, kNobody, kNobody) != 0 || setresuid(kNobody, kNobody, kNobody) != 0))
    _exit(2);
  tg_result result = TG_OK;
  tg_host *const host = make(result);
  if (result != TG_OK) _exit(3);
  char folder[] = "/tmp/tg-no-thread-XXXXXX";
  if (mkdtemp(folder) == nullptr) _exit(4);
  allow_no_thread();
  make(result);
  must_say("create", result);
  tg_subscription *subscription = nullptr;
  must_say("subscribe", tg_host_subscribe(host, 0, [](void *, const tg_event *) {}, nullptr, &subscription));
  tg_control_options where = TG_INIT(tg_control_options);
  where.directory = str(std::string_view(folder));
  tg_control *control = nullptr;
  must_say("control", tg_control_open(host, &where, &control));
  if (access(FIXTURES "/idle.so", R_OK) == 0)  // the build may lie in a folder of root
    must_say("load", tg_host_load_plugin(host, TG_STR(FIXTURES "/idle.so"), tg_str{}));
  std::error_code ignored;
  std::filesystem::remove_all(folder, ignored);
  _exit(0);
}

TEST(NoThread, EachCallThatNeedsOne_SaysWhatWasTriedAndWhatToDo) {
  const pid_t child = fork();
  if (child == 0) calls();
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace tidegate

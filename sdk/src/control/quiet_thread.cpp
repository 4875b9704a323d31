#include "control/quiet_thread.hpp"

#include <signal.h>

#include <string>
#include <system_error>
#include <utility>

#include "tidegate/error.hpp"

namespace tidegate::control {
namespace {

/// Blocks signals on this thread while the object lives, so that a thread started meanwhile begins with them blocked.
class Quiet {
 public:
  Quiet() {
    sigset_t all;
    sigfillset(&all);
    for (const int crash : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS}) sigdelset(&all, crash);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~Quiet() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  Quiet(const Quiet &) = delete;
  Quiet &operator=(const Quiet &) = delete;

 private:
  sigset_t before_;
};

}  // namespace

std::thread quiet_thread(const char *name, std::function<void()> body) {
  const Quiet quiet;
  try {
    std::thread thread(std::move(body));
    pthread_setname_np(thread.native_handle(), name);
    return thread;
  } catch (const std::system_error &error) {
    throw Error(TG_E_SYSTEM, std::string("the thread ") + name + " of the control socket cannot be started; raise the limit of processes " +
                                 "and threads (ulimit -u, TasksMax of systemd, pids.max of the cgroup) or free memory: " +
                                 std::generic_category().message(error.code().value()));
  }
}

}  // namespace tidegate::control

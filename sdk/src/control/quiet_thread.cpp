#include "control/quiet_thread.hpp"

#include <pthread.h>

#include <string>
#include <system_error>
#include <utility>

#include "os/quiet_signals.hpp"
#include "tidegate/error.hpp"

namespace tidegate::control {

std::thread quiet_thread(const char *name, std::function<void()> body) {
  const sdk::QuietSignals quiet;
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

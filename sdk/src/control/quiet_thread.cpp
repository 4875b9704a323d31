#include "control/quiet_thread.hpp"

#include <signal.h>

#include <utility>

namespace tidegate::control {
namespace {

/// While it lives, threads that are made here begin without signals.
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
  std::thread thread(std::move(body));
  pthread_setname_np(thread.native_handle(), name);
  return thread;
}

}  // namespace tidegate::control

#pragma once

#include <signal.h>

namespace tidegate::sdk {

/// While it lives, threads that are made here begin without signals, so that the server's handlers run on the server's
/// threads; but for those of a crash, which are for whoever it is that crashes.
class QuietSignals {
 public:
  QuietSignals() {
    sigset_t all;
    sigfillset(&all);
    for (const int crash : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS}) sigdelset(&all, crash);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~QuietSignals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  QuietSignals(const QuietSignals &) = delete;
  QuietSignals &operator=(const QuietSignals &) = delete;

 private:
  sigset_t before_;
};

}  // namespace tidegate::sdk

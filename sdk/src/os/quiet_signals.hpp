#pragma once

#include <signal.h>

namespace tidegate::sdk {

/// While the object lives, new threads begin with all signals blocked, so that the server's handlers run on the server's threads. Signals of
/// a crash stay unblocked, as they belong to the crashing thread.
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

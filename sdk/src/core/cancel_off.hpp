#pragma once

#include <pthread.h>

namespace tidegate::sdk {

/// Defers the cancellation of this thread while the object lives. A cancelled thread is unwound from inside a system call, such as a wait
/// or a write: the library would be left half-way, and a function that throws nothing ends the process. pthread_cancel() takes effect at
/// the thread's next cancellation point after the call. Costs no system call.
///
/// A thread with asynchronous cancellation, which may call no function of a library that is not async-cancel-safe, becomes one with
/// deferred cancellation here: otherwise a pending cancellation would unwind it out of this destructor.
class CancelOff {
 public:
  CancelOff() noexcept { pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before_); }
  ~CancelOff() {
    if (before_ == PTHREAD_CANCEL_DISABLE) return;
    pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, nullptr);
    pthread_setcancelstate(before_, nullptr);
  }
  CancelOff(const CancelOff &) = delete;
  CancelOff &operator=(const CancelOff &) = delete;

 private:
  int before_ = PTHREAD_CANCEL_ENABLE;
};

}  // namespace tidegate::sdk

#pragma once

#include <pthread.h>

namespace tidegate::sdk {

/// Holds the cancellation of this thread off while it lives. A thread that is cancelled is unwound from inside a system call, such as a
/// wait or a write; the library would be left half-way, and a function that throws nothing ends the process. pthread_cancel() takes
/// effect when the call has returned. Costs no system call.
class CancelOff {
 public:
  CancelOff() noexcept { pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before_); }
  ~CancelOff() { pthread_setcancelstate(before_, nullptr); }
  CancelOff(const CancelOff &) = delete;
  CancelOff &operator=(const CancelOff &) = delete;

 private:
  int before_ = PTHREAD_CANCEL_ENABLE;
};

}  // namespace tidegate::sdk

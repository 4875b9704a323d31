#pragma once

#include "core/nanos.hpp"

namespace tidegate::sdk {

/// What the steward, or the server's own loop, sleeps on: one descriptor that is readable when a Wake has rung or the timer
/// is due.
class Loop {
 public:
  Loop();
  ~Loop();
  Loop(const Loop &) = delete;
  Loop &operator=(const Loop &) = delete;

  int fd() const { return epoll_; }
  /// Also wakes when `fd` is readable.
  void watch(int fd);
  void unwatch(int fd);
  /// Wakes at this moment of the monotonic clock; kNever: no timer.
  void wake_at(Nanos moment);
  /// Blocks until there is something to do.
  void wait(Nanos most = kNever) const;

 private:
  int epoll_;
  int timer_;
  bool timer_is_refused_ = false;  // by the kernel: then wait() returns often
};

}  // namespace tidegate::sdk

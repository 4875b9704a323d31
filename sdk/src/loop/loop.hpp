#pragma once

#include "core/nanos.hpp"

namespace tidegate::sdk {

/// The descriptor that the steward, or the server's loop, waits for: it is readable when a watched Wake has rung or the timer is due.
class Loop {
 public:
  Loop();
  ~Loop();
  Loop(const Loop &) = delete;
  Loop &operator=(const Loop &) = delete;

  int fd() const { return epoll_; }
  /// Adds a descriptor: the loop also wakes when `fd` is readable.
  void watch(int fd);
  void unwatch(int fd);
  /// Sets the timer to a moment of the monotonic clock; kNever: no timer.
  void wake_at(Nanos moment);
  /// Blocks until the descriptor is readable, for `most` at most; may return early.
  void wait(Nanos most = kNever) const;

 private:
  int epoll_;
  int timer_;
  bool timer_is_refused_ = false;  // the kernel refuses the timer: then wait() returns often
};

}  // namespace tidegate::sdk

#pragma once

namespace tidegate::sdk {

/// Marks that this thread is inside a callback of the host or of a plugin, where waiting would be a deadlock. A child that is
/// forked there is in none: the host of the callback is its parent's, and it may wait for a host of its own.
class CallbackScope {
 public:
  CallbackScope() { ++depth_; }
  ~CallbackScope() {
    if (depth_ > 0) --depth_;  // 0: it began in the parent
  }
  CallbackScope(const CallbackScope &) = delete;
  CallbackScope &operator=(const CallbackScope &) = delete;

  static bool inside() { return depth_ > 0; }
  /// From now on each child that is forked is in no callback. Once in a process; more often does nothing.
  static void forget_in_children();

 private:
  static thread_local int depth_;
};

}  // namespace tidegate::sdk

#pragma once

namespace tidegate::sdk {

/// Marks that this thread is inside a callback of the server or a call of a plugin, where a wait for the host would be a deadlock. A child
/// process that is forked there is not inside: the callback belongs to the parent's host, and the child may wait for a host of its own.
class CallbackScope {
 public:
  CallbackScope() { ++depth_; }
  ~CallbackScope() {
    if (depth_ > 0) --depth_;  // 0: the scope began in the parent process
  }
  CallbackScope(const CallbackScope &) = delete;
  CallbackScope &operator=(const CallbackScope &) = delete;

  static bool inside() { return depth_ > 0; }
  /// Makes each child that is forked from now on begin outside of callbacks. Only the first call in a process has an effect.
  static void forget_in_children();

 private:
  static thread_local int depth_;
};

}  // namespace tidegate::sdk

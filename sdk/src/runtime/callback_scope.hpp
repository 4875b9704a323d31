#pragma once

namespace tidegate::sdk {

/// Marks that this thread is inside a callback of the host or of a plugin, where waiting would be a deadlock.
class CallbackScope {
 public:
  CallbackScope() { ++depth_; }
  ~CallbackScope() { --depth_; }
  CallbackScope(const CallbackScope &) = delete;
  CallbackScope &operator=(const CallbackScope &) = delete;

  static bool inside() { return depth_ > 0; }

 private:
  static thread_local int depth_;
};

}  // namespace tidegate::sdk

#pragma once

#include "core/cancel_off.hpp"

namespace tidegate::sdk {

/// Marks that this thread is inside a call of a policy, in which only functions with the tag [any] may be called, except tg_admit().
/// Cancellation is deferred meanwhile: a policy may reach a cancellation point, and the admission would be left half-way.
class PolicyScope {
 public:
  [[gnu::always_inline]] PolicyScope() { ++depth_; }
  [[gnu::always_inline]] ~PolicyScope() { --depth_; }
  PolicyScope(const PolicyScope &) = delete;
  PolicyScope &operator=(const PolicyScope &) = delete;

  static bool inside() { return depth_ > 0; }

 private:
  const CancelOff uncancelled_;
  /// The initial-exec model reads it without a call; it takes a few bytes of the thread-local storage that the loader keeps for libraries.
  [[gnu::tls_model("initial-exec")]] static inline constinit thread_local int depth_ = 0;
};

}  // namespace tidegate::sdk

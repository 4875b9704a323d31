#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "core/nanos.hpp"
#include "runtime/callback_scope.hpp"

namespace tidegate::sdk {

/// Which function of a plugin a thread of the host is inside, for the events that name it, and for the end of the host, which may
/// leave the thread behind.
/// Threads: written by the thread that it belongs to, but for leave_behind(); read by any.
class CallMark {
 public:
  struct Call {
    const char *function = nullptr;  ///< nullptr: none
    std::uint32_t number = 0;        ///< of the event, in `take`; else 0
    Nanos since = 0;                 ///< by the monotonic clock
  };
  /// The call in progress. Its parts may be of two calls that follow each other.
  Call call() const;
  /// "take of event 25049", "create".
  static std::string name(const Call &call);

  /// Gives up on the thread that is inside a call: when the call comes back, the thread sleeps for ever and touches nothing.
  /// Returns: false when it is not inside a call, and so will come back by itself.
  bool leave_behind();

  /// The mark of this thread, or nullptr.
  static void set_current(CallMark *mark);

 private:
  friend class VendorScope;
  enum Place : std::uint32_t { in_host, in_plugin, left_behind };

  std::atomic<std::uint32_t> place_{in_host};
  std::atomic<const char *> function_{nullptr};
  std::atomic<std::uint32_t> number_{0};
  std::atomic<Nanos> since_{0};
};

/// While it lives, this thread is inside a function of a plugin: a callback, marked as such. `function` is a literal.
class VendorScope {
 public:
  explicit VendorScope(const char *function, std::uint32_t number = 0);
  /// Does not return on a thread that has been left behind.
  ~VendorScope();
  VendorScope(const VendorScope &) = delete;
  VendorScope &operator=(const VendorScope &) = delete;

 private:
  const CallbackScope callback_;
  CallMark *mark_;  // nullptr: the thread has none, or is inside another call
};

}  // namespace tidegate::sdk

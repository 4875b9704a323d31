#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "core/nanos.hpp"
#include "loop/callback_scope.hpp"

namespace tidegate::sdk {

/// The function of a plugin that a thread of the host is inside: events name it, and the end of the host may leave the thread behind.
/// Threads: only the owning thread writes it, except for leave_behind(); any thread reads it.
class CallMark {
 public:
  struct Call {
    const char *function = nullptr;  ///< nullptr: none
    std::uint32_t number = 0;        ///< of the event, in `take`; else 0
    Nanos since = 0;                 ///< by the monotonic clock
  };
  /// Returns the call in progress. Its members may belong to two consecutive calls.
  Call call() const;
  /// Returns the name of a call: "take of event 25049", "create".
  static std::string name(const Call &call);

  /// Gives up on the thread if it is inside a call: when the call returns, the thread sleeps for ever and uses no memory of the host.
  /// Returns: false when the thread is not inside a call, so that it returns by itself.
  bool leave_behind();

  /// Sets the mark of this thread; nullptr: none.
  static void set_current(CallMark *mark);

 private:
  friend class VendorScope;
  enum Place : std::uint32_t { in_host, in_plugin, left_behind };

  std::atomic<std::uint32_t> place_{in_host};
  std::atomic<const char *> function_{nullptr};
  std::atomic<std::uint32_t> number_{0};
  std::atomic<Nanos> since_{0};
};

/// Marks this thread as inside a function of a plugin while the object lives, which is also a callback. `function` is a literal.
class VendorScope {
 public:
  explicit VendorScope(const char *function, std::uint32_t number = 0);
  /// Does not return on a thread that has been left behind.
  ~VendorScope();
  VendorScope(const VendorScope &) = delete;
  VendorScope &operator=(const VendorScope &) = delete;

 private:
  const CallbackScope callback_;
  CallMark *mark_;  // nullptr: the thread has no mark, or is inside another call
};

}  // namespace tidegate::sdk

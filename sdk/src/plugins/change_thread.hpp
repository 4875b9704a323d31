#pragma once

#include <functional>
#include <memory>
#include <mutex>

#include "core/nanos.hpp"
#include "loop/call_mark.hpp"

namespace tidegate::sdk {

/// The thread that creates, replaces, reconfigures and takes down plugins. A vendor's code runs here and not on the caller's thread, so that
/// the end of the host can leave a hanging thread behind: the waiting caller gets an answer, and the thread does not touch the host any
/// more. The first change starts the thread.
///
/// Threads: run() one at a time; give_up() and call() any; the destructor when no run() is in progress.
class ChangeThread {
 public:
  ChangeThread();
  ~ChangeThread();
  ChangeThread(const ChangeThread &) = delete;
  ChangeThread &operator=(const ChangeThread &) = delete;

  /// Calls `work` on the thread, and waits for its end. Throws the exceptions of `work`, and Fault when the system has no thread left.
  /// Returns: false when the thread was left behind; this object may be destroyed by then, and the objects that `work` owns stay for ever.
  bool run(std::function<void()> work);
  /// Does the same, but leaves the thread behind when a call of a plugin has not returned at `until`, by the monotonic clock; `hung` is
  /// then that call.
  bool run_until(Nanos until, std::function<void()> work, CallMark::Call &hung);
  /// Leaves the thread behind if it is inside a call of a plugin. Returns: whether it was. The next run() starts another thread.
  bool give_up();
  /// Returns the call of a plugin that the thread is inside.
  CallMark::Call call() const;

 private:
  struct State;
  static void loop(const std::shared_ptr<State> &state);
  std::shared_ptr<State> begin(std::function<void()> work);
  static bool finish(const std::shared_ptr<State> &state);
  std::shared_ptr<State> state() const;

  mutable std::mutex mu_;
  std::shared_ptr<State> state_;  // guarded by mu_; the thread owns it too
};

}  // namespace tidegate::sdk

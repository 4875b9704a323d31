#pragma once

#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "core/nanos.hpp"
#include "loop/call_mark.hpp"

namespace tidegate::sdk {

class EventLane;

/// A plugin's own thread, which calls its hooks, timers, metrics and sink, one at a time; the first work starts it. Hooks, timers, metrics
/// and steps of services never wait for the sink's backlog: all of them that are due come between two events. A hanging plugin delays no
/// other plugin, and is left behind at its end: its thread ends when the call returns, and does not touch the host any more.
///
/// Threads: all functions any; end() one at a time.
class PluginWorker {
 public:
  static constexpr std::size_t kMostTasks = 1024;
  using Task = std::function<void()>;

  PluginWorker();
  /// Calls end() without a limit, unless it was called before.
  ~PluginWorker();
  PluginWorker(const PluginWorker &) = delete;
  PluginWorker &operator=(const PluginWorker &) = delete;

  /// Queues a task for the thread. Returns: false when kMostTasks are queued, or after end(). Throws std::bad_alloc; Fault when the system
  /// has no thread left.
  bool post(Task task);
  /// Queues a task, likewise, that is called after `delay`.
  bool later(Nanos delay, Task task);
  bool has_ended() const;
  /// Hands over the events of two lanes from now on. `steps`: events for the hooks; `sink`: events for the sink; either may be nullptr.
  /// Throws Fault when the system has no thread left.
  void attach(std::shared_ptr<EventLane> steps, std::shared_ptr<EventLane> sink);

  /// Returns the call in progress.
  CallMark::Call call() const;

  /// Ends the thread: calls the posted tasks, hands over the events that the log has now, for half of `limit` at most, and drops the timers.
  /// Returns: false when the call in progress has not returned within `limit`, or `hurry()` ends the wait: the memory that the call uses
  /// must then stay for ever. Not from its own thread.
  bool end(Nanos limit, const std::function<bool()> &hurry = {});

 private:
  struct State;
  static void run(const std::shared_ptr<State> &state);
  void start();
  const std::shared_ptr<State> state_;  // the thread owns it too
  std::thread thread_;                  // guarded by the state's lock
};

}  // namespace tidegate::sdk

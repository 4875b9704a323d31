#pragma once

#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "core/nanos.hpp"

namespace tidegate::sdk {

class EventLane;

/// A plugin's own thread: its hooks, its timers and its events, one at a time, in the order they came; started when there is
/// something to do. One that hangs delays nobody else, and is left behind when its plugin goes: then its thread ends when
/// the call comes back, and touches nothing of the host by then.
///
/// Threads: all functions any, but end() one at a time.
class PluginWorker {
 public:
  static constexpr std::size_t kMostTasks = 1024;
  using Task = std::function<void()>;

  PluginWorker();
  /// Ends it if that has not been done, and waits for ever.
  ~PluginWorker();
  PluginWorker(const PluginWorker &) = delete;
  PluginWorker &operator=(const PluginWorker &) = delete;

  /// Has `task` called. Returns: false when too many wait, or it has ended. Throws std::bad_alloc, std::system_error.
  bool post(Task task);
  /// The same after so long.
  bool later(Nanos delay, Task task);
  bool has_ended() const;
  /// Has the events of a lane handed over from now on; once. Throws std::system_error when there can be no thread.
  void attach(std::shared_ptr<EventLane> lane);

  /// Since when the call in progress runs, by the monotonic clock; 0: none does.
  Nanos busy_since() const;

  /// Does what was posted, and hands over the events that have come; timers are dropped. Returns: false when that is not done
  /// within `limit`, as the call in progress does not come back: what it uses must stay then, for ever. Not from its own thread.
  bool end(Nanos limit);

 private:
  struct State;
  static void run(const std::shared_ptr<State> &state);
  void start();
  const std::shared_ptr<State> state_;  // the thread's too
  std::thread thread_;                  // guarded by the state's lock
};

}  // namespace tidegate::sdk

#include "plugins/plugin_worker.hpp"

#include <poll.h>
#include <pthread.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <new>
#include <system_error>
#include <thread>
#include <utility>

#include "loop/clock.hpp"
#include "events/event_lane.hpp"
#include "os/fault.hpp"
#include "os/quiet_signals.hpp"

namespace tidegate::sdk {
namespace {

Nanos now() { return Clock::real().monotonic(); }

void look_once_more(EventLane *steps, EventLane *sink) {
  if (steps != nullptr) steps->look_in_memory();
  if (sink != nullptr) sink->look_in_memory();
}

}  // namespace

struct PluginWorker::State {
  std::mutex mu;
  std::condition_variable ended;
  Wake wake;
  CallMark mark;
  // guarded by mu:
  std::deque<Task> tasks;
  std::multimap<Nanos, Task> timers;
  std::shared_ptr<EventLane> steps, sink;
  bool running = false;
  bool stop = false;
  Nanos stop_by = kNever;  // with `stop`: the time after which no more events go to the sink

  bool take(Task &task) {
    const std::lock_guard lock(mu);
    if (!stop && tasks.empty() && !timers.empty() && timers.begin()->first <= now()) {
      tasks.push_back(std::move(timers.begin()->second));
      timers.erase(timers.begin());
    }
    if (tasks.empty()) return false;
    task = std::move(tasks.front());
    tasks.pop_front();
    return true;
  }
  /// Calls a task. A task for which the host's own code lacks memory is given up; the limit of a hook then completes its step.
  static void call(const Task &task) {
    try {
      task();
    } catch (const std::bad_alloc &) {
    }
  }
  void sleep() {
    pollfd watched[3] = {{wake.fd(), POLLIN, 0}, {-1, POLLIN, 0}, {-1, POLLIN, 0}};
    int timeout = -1;
    {
      const std::lock_guard lock(mu);
      if (stop || !tasks.empty()) return;
      if (steps != nullptr) watched[1].fd = steps->wake().fd();
      if (sink != nullptr) watched[2].fd = sink->wake().fd();
      if (!timers.empty()) {
        const Nanos left = until(timers.begin()->first, now());
        timeout = left > 3600 * kSecond ? 3'600'000 : static_cast<int>((left + 999'999) / 1'000'000);
      }
    }
    poll(watched, 3, timeout);
    wake.clear();
  }
};

PluginWorker::PluginWorker() : state_(std::make_shared<State>()) {}

PluginWorker::~PluginWorker() { end(kNever); }

bool PluginWorker::post(Task task) {
  const std::lock_guard lock(state_->mu);
  if (state_->stop || state_->tasks.size() >= kMostTasks) return false;
  state_->tasks.push_back(std::move(task));
  start();
  return true;
}

bool PluginWorker::later(Nanos delay, Task task) {
  const std::lock_guard lock(state_->mu);
  if (state_->stop || state_->timers.size() >= kMostTasks) return false;
  state_->timers.emplace(sdk::later(now(), delay), std::move(task));
  start();
  return true;
}

void PluginWorker::attach(std::shared_ptr<EventLane> steps, std::shared_ptr<EventLane> sink) {
  const std::lock_guard lock(state_->mu);
  state_->steps = std::move(steps);
  state_->sink = std::move(sink);
  start();
}

CallMark::Call PluginWorker::call() const { return state_->mark.call(); }

/// Wakes the thread, and starts it if it does not run; under the state's lock. Throws Fault when the system has no thread left.
void PluginWorker::start() {
  state_->wake.ring();
  if (state_->running) return;
  const QuietSignals quiet;
  try {
    thread_ = std::thread([state = state_] { run(state); });
  } catch (const std::system_error &error) {
    throw no_thread("tg-plugin", error.code().value());
  }
  pthread_setname_np(thread_.native_handle(), "tg-plugin");
  state_->running = true;
}

bool PluginWorker::has_ended() const {
  const std::lock_guard lock(state_->mu);
  return state_->stop;
}

void PluginWorker::run(const std::shared_ptr<State> &state) {
  CallMark::set_current(&state->mark);
  std::shared_ptr<EventLane> steps, sink;
  bool stop = false;
  for (bool more = false; !stop || more;) {
    if (!more) state->sleep();
    {
      const std::lock_guard lock(state->mu);
      steps = state->steps;
      sink = state->sink;
      if (state->stop && !stop) look_once_more(steps.get(), sink.get());
      stop = state->stop;
    }
    for (Task task; state->take(task);) state->call(task);
    if (steps != nullptr) {
      steps->wake().clear();
      steps->pump();
    }
    if (sink == nullptr) continue;
    if (!more) sink->wake().clear();
    more = sink->pump_one();
    const std::lock_guard lock(state->mu);
    if (now() >= state->stop_by) more = false;
  }
  steps.reset();
  sink.reset();
  const std::lock_guard lock(state->mu);
  state->running = false;
  state->tasks.clear();
  state->timers.clear();
  state->ended.notify_all();
}

bool PluginWorker::end(Nanos limit, const std::function<bool()> &hurry) {
  constexpr Nanos kSlice = kSecond / 20;
  const Nanos until = sdk::later(now(), limit);
  std::unique_lock lock(state_->mu);
  state_->stop = true;
  state_->stop_by = sdk::later(now(), limit / 2);
  state_->wake.ring();
  while (state_->running) {
    const Nanos left = sdk::until(until, now());
    if (left == 0 || (hurry && hurry())) {
      if (thread_.joinable()) thread_.detach();
      return false;
    }
    state_->ended.wait_for(lock, std::chrono::nanoseconds(std::min(left, kSlice)));
  }
  state_->steps.reset();
  state_->sink.reset();
  lock.unlock();
  if (thread_.joinable()) thread_.join();  // the end of the thread may call the plugin's destructors of thread-local objects
  return true;
}

}  // namespace tidegate::sdk

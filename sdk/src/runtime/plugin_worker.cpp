#include "runtime/plugin_worker.hpp"

#include <poll.h>
#include <pthread.h>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <thread>
#include <utility>

#include "runtime/callback_scope.hpp"
#include "runtime/clock.hpp"
#include "runtime/event_lane.hpp"
#include "runtime/quiet_signals.hpp"

namespace tidegate::sdk {
namespace {

Nanos now() { return Clock::real().monotonic(); }

}  // namespace

struct PluginWorker::State {
  std::mutex mu;
  std::condition_variable ended;
  Wake wake;
  std::atomic<Nanos> busy{0};  // written by the worker
  // guarded by mu:
  std::deque<Task> tasks;
  std::multimap<Nanos, Task> timers;
  std::shared_ptr<EventLane> lane;
  bool running = false;
  bool stop = false;

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
  void call(const Task &task) {
    busy.store(now(), std::memory_order_release);
    {
      const CallbackScope scope;
      task();
    }
    busy.store(0, std::memory_order_release);
  }
  void sleep() {
    pollfd watched[2] = {{wake.fd(), POLLIN, 0}, {-1, POLLIN, 0}};
    int timeout = -1;
    {
      const std::lock_guard lock(mu);
      if (stop || !tasks.empty()) return;
      if (lane != nullptr) watched[1].fd = lane->wake().fd();
      if (!timers.empty()) {
        const Nanos left = until(timers.begin()->first, now());
        timeout = left > 3600 * kSecond ? 3'600'000 : static_cast<int>((left + 999'999) / 1'000'000);
      }
    }
    poll(watched, 2, timeout);
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

void PluginWorker::attach(std::shared_ptr<EventLane> lane) {
  const std::lock_guard lock(state_->mu);
  state_->lane = std::move(lane);
  start();
}

Nanos PluginWorker::busy_since() const { return state_->busy.load(std::memory_order_acquire); }

/// Under the lock.
void PluginWorker::start() {
  state_->wake.ring();
  if (state_->running) return;
  const QuietSignals quiet;
  thread_ = std::thread([state = state_] { run(state); });
  pthread_setname_np(thread_.native_handle(), "tg-plugin");
  state_->running = true;
}

bool PluginWorker::has_ended() const {
  const std::lock_guard lock(state_->mu);
  return state_->stop;
}

void PluginWorker::run(const std::shared_ptr<State> &state) {
  std::shared_ptr<EventLane> lane;
  bool stop = false;
  while (!stop) {
    state->sleep();
    {
      const std::lock_guard lock(state->mu);
      lane = state->lane;
      stop = state->stop;
    }
    for (Task task; state->take(task);) state->call(task);
    if (lane == nullptr) continue;
    lane->wake().clear();
    lane->pump(&state->busy);
  }
  lane.reset();
  const std::lock_guard lock(state->mu);
  state->running = false;
  state->tasks.clear();
  state->timers.clear();
  state->ended.notify_all();
}

bool PluginWorker::end(Nanos limit) {
  std::unique_lock lock(state_->mu);
  state_->stop = true;
  state_->wake.ring();
  const auto gone = [this] { return !state_->running; };
  if (limit > 86400 * kSecond) {
    state_->ended.wait(lock, gone);
  } else if (!state_->ended.wait_for(lock, std::chrono::nanoseconds(limit), gone)) {
    if (thread_.joinable()) thread_.detach();
    return false;
  }
  state_->lane.reset();
  lock.unlock();
  if (thread_.joinable()) thread_.join();  // what the thread's own storage destroys may be the plugin's
  return true;
}

}  // namespace tidegate::sdk

#include "plugins/change_thread.hpp"

#include <cxxabi.h>
#include <pthread.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <system_error>
#include <thread>
#include <utility>

#include "loop/clock.hpp"
#include "os/fault.hpp"
#include "os/quiet_signals.hpp"

namespace tidegate::sdk {
namespace {

constexpr auto kLook = std::chrono::milliseconds(5);

/// Waits a moment for a flag without sleeping, as changes often follow each other, and waking a thread takes as long as a change.
void wait_a_moment(const std::atomic<bool> &flag) {
  constexpr Nanos kMoment = 100'000;
  const Nanos end = Clock::real().monotonic() + kMoment;
  while (!flag.load(std::memory_order_acquire) && Clock::real().monotonic() < end) std::this_thread::yield();
}

}  // namespace

struct ChangeThread::State {
  CallMark mark;
  std::atomic<bool> has_work{false};  // a hint to spin for; `running` and `stop` decide
  std::mutex mu;
  std::condition_variable moved;
  // guarded by mu:
  std::function<void()> work;
  std::exception_ptr error;
  bool running = false, done = false, left = false, stop = false;
  std::thread thread;
};

ChangeThread::ChangeThread() = default;

ChangeThread::~ChangeThread() {
  const auto ended = state();
  if (ended == nullptr) return;
  {
    const std::lock_guard lock(ended->mu);
    ended->stop = true;
    ended->has_work.store(true, std::memory_order_release);
    ended->moved.notify_all();
  }
  ended->thread.join();
}

std::shared_ptr<ChangeThread::State> ChangeThread::state() const {
  const std::lock_guard lock(mu_);
  return state_;
}

CallMark::Call ChangeThread::call() const {
  const auto now = state();
  return now == nullptr ? CallMark::Call{} : now->mark.call();
}

void ChangeThread::loop(const std::shared_ptr<State> &state) {
  CallMark::set_current(&state->mark);
  std::unique_lock lock(state->mu);
  while (true) {
    lock.unlock();
    wait_a_moment(state->has_work);
    lock.lock();
    state->moved.wait(lock, [&] { return state->running || state->stop; });
    if (!state->running) return;
    state->has_work.store(false, std::memory_order_relaxed);
    std::function<void()> work = std::move(state->work);
    std::exception_ptr error;
    lock.unlock();
    try {
      work();
    } catch (abi::__forced_unwind &) {
      throw;
    } catch (...) {
      error = std::current_exception();
    }
    work = nullptr;
    lock.lock();
    state->error = std::exchange(error, nullptr);
    state->running = false;
    state->done = true;
    lock.unlock();  // so that the woken thread does not wait for the lock
    state->moved.notify_all();
    lock.lock();
  }
}

std::shared_ptr<ChangeThread::State> ChangeThread::begin(std::function<void()> work) {
  const std::lock_guard own(mu_);
  if (state_ == nullptr) {
    auto made = std::make_shared<State>();
    const QuietSignals quiet;
    try {
      made->thread = std::thread([made] { loop(made); });
    } catch (const std::system_error &error) {
      throw no_thread("tg-change", error.code().value());
    }
    pthread_setname_np(made->thread.native_handle(), "tg-change");
    state_ = std::move(made);
  }
  {
    const std::lock_guard lock(state_->mu);
    state_->work = std::move(work);
    state_->done = false;
    state_->running = true;
    state_->has_work.store(true, std::memory_order_release);
  }
  state_->moved.notify_all();
  return state_;
}

bool ChangeThread::finish(const std::shared_ptr<State> &state) {
  std::exception_ptr error;
  {
    std::unique_lock lock(state->mu);
    state->moved.wait(lock, [&] { return state->done || state->left; });
    if (state->left) return false;
    error = std::exchange(state->error, nullptr);
  }
  if (error) std::rethrow_exception(error);
  return true;
}

bool ChangeThread::run(std::function<void()> work) { return finish(begin(std::move(work))); }

bool ChangeThread::run_until(Nanos until, std::function<void()> work, CallMark::Call &hung) {
  const auto running = begin(std::move(work));
  {
    std::unique_lock lock(running->mu);
    while (!running->done) {
      const Nanos now = Clock::real().monotonic();
      if (now < until) {
        running->moved.wait_for(lock, std::chrono::nanoseconds(until - now), [&] { return running->done; });
        continue;
      }
      lock.unlock();
      hung = running->mark.call();
      if (give_up()) return false;
      lock.lock();
      running->moved.wait_for(lock, kLook, [&] { return running->done; });  // inside the host's code, which ends by itself
    }
  }
  return finish(running);
}

bool ChangeThread::give_up() {
  const std::lock_guard own(mu_);
  if (state_ == nullptr || !state_->mark.leave_behind()) return false;
  const std::lock_guard lock(state_->mu);
  state_->left = true;
  state_->thread.detach();
  state_->moved.notify_all();
  state_ = nullptr;
  return true;
}

}  // namespace tidegate::sdk

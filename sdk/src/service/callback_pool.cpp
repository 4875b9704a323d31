#include "service/callback_pool.hpp"

#include <pthread.h>

#include <cerrno>
#include <chrono>
#include <system_error>
#include <thread>

#include "os/fault.hpp"
#include "os/quiet_signals.hpp"
#include "service/service.hpp"

namespace tidegate::sdk {
namespace {

constexpr std::size_t kKeptIdle = 2;  // threads that stay when nothing is due
constexpr std::chrono::seconds kIdle{10};

}  // namespace

CallbackPool::CallbackPool() {
  const std::lock_guard lock(mu_);
  if (!start_thread()) throw no_thread("tg-callbacks", EAGAIN);
}

CallbackPool::~CallbackPool() { stop(kNever); }

void CallbackPool::post(Service &service) {
  const std::lock_guard lock(mu_);
  if (stopping_) return;
  service.next_due = nullptr;
  (last_ == nullptr ? first_ : last_->next_due) = &service;
  last_ = &service;
  ++queued_;
  if (idle_ >= queued_ || !start_thread()) due_.notify_one();
}

/// Starts a thread; under mu_. Returns: false when the system has no thread left: then a thread that returns from a callback does the
/// work.
bool CallbackPool::start_thread() {
  const QuietSignals quiet;
  try {
    std::thread([this] { run(); }).detach();
  } catch (const std::system_error &) {
    return false;
  }
  ++threads_;
  return true;
}

void CallbackPool::run() {
  pthread_setname_np(pthread_self(), "tg-callbacks");
  std::unique_lock lock(mu_);
  while (true) {
    if (first_ == nullptr && !stopping_) {
      ++idle_;
      const bool found = due_.wait_for(lock, kIdle, [this] { return first_ != nullptr || stopping_; });
      --idle_;
      if (!found && threads_ > kKeptIdle) break;
      continue;
    }
    if (stopping_) break;
    Service *const service = first_;
    first_ = service->next_due;
    if (first_ == nullptr) last_ = nullptr;
    --queued_;
    lock.unlock();
    service->run_hooks();
    lock.lock();
  }
  --threads_;
  gone_.notify_all();  // under the lock: the pool may be destroyed as soon as the lock is free
}

bool CallbackPool::stop(Nanos bound) {
  std::unique_lock lock(mu_);
  stopping_ = true;
  due_.notify_all();
  const auto none = [this] { return threads_ == 0; };
  if (bound == kNever) {
    gone_.wait(lock, none);
    return true;
  }
  return gone_.wait_for(lock, std::chrono::nanoseconds(bound), none);
}

}  // namespace tidegate::sdk

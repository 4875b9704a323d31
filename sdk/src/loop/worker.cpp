#include "loop/worker.hpp"

#include <pthread.h>

#include <chrono>
#include <system_error>
#include <utility>

#include "loop/callback_scope.hpp"
#include "os/fault.hpp"
#include "os/quiet_signals.hpp"

namespace tidegate::sdk {

thread_local int CallbackScope::depth_ = 0;

void CallbackScope::forget_in_children() {
  // When this fails, a child that was forked inside a callback refuses waits, as the parent would.
  [[maybe_unused]] static const int registered = pthread_atfork(nullptr, nullptr, [] { depth_ = 0; });
}

Worker::Worker(const char *name, const Wake &wake, std::function<void()> work)
    : Worker(
          name, wake, [&wake] { wake.wait(); }, std::move(work)) {}

Worker::Worker(const char *name, const Wake &wake, std::function<void()> sleep, std::function<void()> work) : wake_(wake) {
  const QuietSignals quiet;
  auto run = [this, end = end_, sleep = std::move(sleep), work = std::move(work)] {
    for (bool last = false; !last;) {
      // The work may clear the ring of stop_within() with other rings; then stop_ is set already.
      if (!stop_.load(std::memory_order_acquire)) sleep();
      last = stop_.load(std::memory_order_acquire);
      work();
    }
    const std::lock_guard lock(end->mu);
    end->is_over = true;
    end->come.notify_all();
  };
  try {
    thread_ = std::thread(std::move(run));
  } catch (const std::system_error &error) {
    throw no_thread(name, error.code().value());
  }
  pthread_setname_np(thread_.native_handle(), name);
}

Worker::~Worker() { stop(kNever); }

bool Worker::stop_within(Nanos bound) {
  stop_.store(true, std::memory_order_release);
  wake_.ring();
  std::unique_lock lock(end_->mu);
  const auto over = [this] { return end_->is_over; };
  if (bound != kNever) return end_->come.wait_for(lock, std::chrono::nanoseconds(bound), over);
  end_->come.wait(lock, over);
  return true;
}

bool Worker::stop(Nanos bound) {
  if (!thread_.joinable()) return true;
  const bool stopped = stop_within(bound);
  stopped ? thread_.join() : thread_.detach();
  return stopped;
}

}  // namespace tidegate::sdk

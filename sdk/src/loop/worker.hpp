#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "core/nanos.hpp"
#include "loop/wake.hpp"

namespace tidegate::sdk {

/// A thread that calls `work` whenever its Wake has rung, and once more when it is stopped. The thread takes no signals, so that the
/// server's handlers run on the server's threads.
class Worker {
 public:
  /// `name`: 15 bytes at most; shown by debuggers.
  Worker(const char *name, const Wake &wake, std::function<void()> work);
  /// Makes a worker with another way to sleep, which must end when `wake` rings.
  Worker(const char *name, const Wake &wake, std::function<void()> sleep, std::function<void()> work);
  /// Calls stop() without a bound.
  ~Worker();
  Worker(const Worker &) = delete;
  Worker &operator=(const Worker &) = delete;

  /// Waits for the `work` in progress, and for one more `work`, for `bound` of the real clock at most. Returns: false when the thread has
  /// not ended by then: it goes on alone, and the objects that it uses must stay.
  bool stop(Nanos bound);
  /// Tells the thread to stop, and waits for `bound` of the real clock at most. Returns: whether it has ended; call stop() afterwards.
  bool stop_within(Nanos bound);

 private:
  /// Lives as long as the thread.
  struct End {
    std::mutex mu;
    std::condition_variable come;
    bool is_over = false;  // guarded by mu
  };
  const Wake &wake_;
  const std::shared_ptr<End> end_ = std::make_shared<End>();
  std::atomic<bool> stop_{false};  // set by stop_within(), before it rings
  std::thread thread_;
};

}  // namespace tidegate::sdk

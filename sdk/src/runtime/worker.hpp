#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "core/nanos.hpp"
#include "runtime/wake.hpp"

namespace tidegate::sdk {

/// A thread that calls `work` whenever its Wake has rung, and once more when it is stopped. It takes no signals, so that
/// the server's handlers run on the server's threads.
class Worker {
 public:
  /// `name`: 15 bytes at most; shown by debuggers.
  Worker(const char *name, const Wake &wake, std::function<void()> work);
  /// With another way to sleep, which must end when `wake` rings.
  Worker(const char *name, const Wake &wake, std::function<void()> sleep, std::function<void()> work);
  /// As stop() without a bound.
  ~Worker();
  Worker(const Worker &) = delete;
  Worker &operator=(const Worker &) = delete;

  /// Waits for the `work` in progress, and does it once more for what rang last; for `bound` of the real clock at most. Returns: false
  /// when it has not come back by then: the thread is left to itself, and must find everything as it was when it does.
  bool stop(Nanos bound);
  /// Tells it to stop, and waits so long. Returns: whether it has; stop() is still to come.
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
  std::atomic<bool> stop_{false};  // written once by the destructor, before it rings
  std::thread thread_;
};

}  // namespace tidegate::sdk

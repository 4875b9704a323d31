#pragma once

#include <atomic>
#include <functional>
#include <thread>

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
  /// Waits for the `work` in progress, and does it once more for what rang last.
  ~Worker();
  Worker(const Worker &) = delete;
  Worker &operator=(const Worker &) = delete;

 private:
  const Wake &wake_;
  std::atomic<bool> stop_{false};  // written once by the destructor, before it rings
  std::thread thread_;
};

}  // namespace tidegate::sdk

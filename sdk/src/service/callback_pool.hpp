#pragma once

#include <condition_variable>
#include <cstddef>
#include <mutex>

#include "loop/clock.hpp"

namespace tidegate::sdk {

class Service;

/// The threads that call the server's callbacks, so that no service waits for another: an idle thread takes a service whose callbacks are
/// due, and the pool starts one more thread when none is idle. A few threads are enough as long as callbacks return soon. Only one thread
/// at a time has a service, so its callbacks never overlap.
///
/// Threads: post() any; stop() once.
class CallbackPool {
 public:
  /// Starts the first thread, so that there is always one. Throws Fault when the system has no thread left.
  CallbackPool();
  ~CallbackPool();
  CallbackPool(const CallbackPool &) = delete;
  CallbackPool &operator=(const CallbackPool &) = delete;

  /// Has Service::run_hooks() called on a thread of the pool. The caller guarantees that the service is neither in the queue nor with a
  /// thread. When the system has no thread left, the service waits for an idle thread.
  void post(Service &service);
  /// Stops taking services, and waits for the threads for `bound` of the real clock. Returns: false when a callback has not returned by
  /// then; after the callback its thread uses only this pool and its service.
  bool stop(Nanos bound);

 private:
  void run();
  bool start_thread();

  std::mutex mu_;
  std::condition_variable due_, gone_;
  // guarded by mu_:
  Service *first_ = nullptr;  // the queue, linked by Service::next_due
  Service *last_ = nullptr;
  std::size_t queued_ = 0;
  std::size_t idle_ = 0;
  std::size_t threads_ = 0;
  bool stopping_ = false;
};

}  // namespace tidegate::sdk

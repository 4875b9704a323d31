#pragma once

#include <condition_variable>
#include <cstddef>
#include <mutex>

#include "runtime/clock.hpp"

namespace tidegate::sdk {

class Service;

/// The threads that call the server's own callbacks, so that no service waits for another: a service whose callbacks are due
/// is taken by a thread that does nothing else, and one more is made when none is idle. Few are needed as long as callbacks
/// return soon. A service is with one thread at a time, so its callbacks never overlap.
///
/// Threads: post() any, under the control lock; stop() once.
class CallbackPool {
 public:
  /// Makes the first thread, so that there is always one. Throws Fault when the system has none to give.
  CallbackPool();
  ~CallbackPool();
  CallbackPool(const CallbackPool &) = delete;
  CallbackPool &operator=(const CallbackPool &) = delete;

  /// Has Service::run_hooks() called on a thread of the pool. The caller guarantees that the service is neither in the queue nor with a
  /// thread. When the system has no thread left, the service waits for an idle thread.
  void post(Service &service);
  /// Lets no service be taken any more, and waits for the threads until `bound` of the real clock is over. Returns: false when
  /// a callback has not come back by then; its thread touches nothing but this pool and its service when it does.
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

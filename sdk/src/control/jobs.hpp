#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

namespace tidegate::control {

/// What a request has somebody do who may take long, or never come back. Whoever asked may be gone before it is done.
class Job {
 public:
  /// Its answer, or null while it is not done. Threads: any.
  const std::string *answer() const { return done_.load(std::memory_order_acquire) ? &answer_ : nullptr; }

 private:
  friend class Jobs;
  std::string answer_;             // written by its thread, before done_
  std::atomic<bool> done_{false};  // written by its thread, once: who sees it sees the answer
};

/// Jobs, each on a thread of its own, so that code of a plugin that is slow or hangs holds up nobody who asks for something
/// else. Threads: the server's, but for `done`.
class Jobs {
 public:
  /// At once: enough for an operator, and few enough that plugins that hang do not use the host up.
  static constexpr std::size_t kMost = 4;

  /// `done` is called on the thread of each job that is done.
  explicit Jobs(std::function<void()> done) : done_(std::move(done)) {}
  /// Waits for those in progress: they use the host, which may be destroyed right after.
  ~Jobs();
  Jobs(const Jobs &) = delete;
  Jobs &operator=(const Jobs &) = delete;

  /// Waits so many ns at the most. Returns: whether none is in progress any more.
  bool wait(std::uint64_t bound_ns);
  /// Begins one; `work`, which must not throw, gives its answer. Throws Error TG_E_BUSY when there are too many.
  std::shared_ptr<const Job> begin(std::function<std::string()> work);

 private:
  struct Running {
    std::shared_ptr<Job> job;
    std::thread thread;
  };
  void forget_done();

  /// Says that one has ended.
  struct Ended {
    std::mutex mu;
    std::condition_variable come;
  };
  const std::function<void()> done_;
  Ended ended_;
  std::list<Running> running_;
};

}  // namespace tidegate::control

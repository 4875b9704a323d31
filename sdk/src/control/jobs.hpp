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

/// The part of a request that may take long or never end. The client may be gone before the job is done.
class Job {
 public:
  /// Returns the answer, or null while the job is not done. Threads: any.
  const std::string *answer() const { return done_.load(std::memory_order_acquire) ? &answer_ : nullptr; }

 private:
  friend class Jobs;
  std::string answer_;             // written by its thread, before done_
  std::atomic<bool> done_{false};  // written once by its thread; a thread that sees it also sees the answer
};

/// Jobs, each on a thread of its own, so that a slow or hanging plugin or disk delays no other request. Threads: one at a time, which is
/// the control server's thread as long as that runs; only `done` is called on the threads of the jobs.
class Jobs {
 public:
  enum class Kind : std::uint8_t {
    plugin,  // runs code of a plugin
    change,  // may wait for the disk of the state directory
  };
  /// Limits of the jobs in progress: enough for operators, and few enough that hanging plugins and disks do not use up the threads.
  static constexpr std::size_t kMost = 4, kMostChanges = 64;

  /// `done`: called by each job at its end, on the job's thread.
  explicit Jobs(std::function<void()> done) : done_(std::move(done)) {}
  /// Waits for the jobs in progress: they use the host, which may be destroyed right after.
  ~Jobs();
  Jobs(const Jobs &) = delete;
  Jobs &operator=(const Jobs &) = delete;

  /// Waits for the jobs in progress, for `bound_ns` at most. Returns: whether all have ended.
  bool wait(std::uint64_t bound_ns);
  /// Begins a job; `work`, which must not throw, returns its answer. Throws Error TG_E_BUSY when too many jobs of the kind are in progress.
  std::shared_ptr<const Job> begin(Kind kind, std::function<std::string()> work);

 private:
  struct Running {
    Kind kind;
    std::shared_ptr<Job> job;
    std::thread thread;
  };
  void forget_done();

  /// Tells wait() that a job has ended.
  struct Ended {
    std::mutex mu;
    std::condition_variable come;
  };
  const std::function<void()> done_;
  Ended ended_;
  std::list<Running> running_;
};

}  // namespace tidegate::control

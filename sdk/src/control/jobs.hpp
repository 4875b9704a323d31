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
  /// Its answer, or null while it is not done. Threads: any.
  const std::string *answer() const { return done_.load(std::memory_order_acquire) ? &answer_ : nullptr; }

 private:
  friend class Jobs;
  std::string answer_;             // written by its thread, before done_
  std::atomic<bool> done_{false};  // written by its thread, once: who sees it sees the answer
};

/// Jobs, each on a thread of its own, so that a slow or hanging plugin or disk delays no other request. Threads: the server's thread, but
/// for `done`.
class Jobs {
 public:
  enum class Kind : std::uint8_t {
    plugin,  // runs code of a plugin
    change,  // may wait for the disk of the state directory
  };
  /// Jobs at once: enough for operators, and few enough that hanging plugins and disks do not use up the process.
  static constexpr std::size_t kMost = 4, kMostChanges = 64;

  /// `done` is called on the thread of each job that is done.
  explicit Jobs(std::function<void()> done) : done_(std::move(done)) {}
  /// Waits for those in progress: they use the host, which may be destroyed right after.
  ~Jobs();
  Jobs(const Jobs &) = delete;
  Jobs &operator=(const Jobs &) = delete;

  /// Waits so many ns at the most. Returns: whether none is in progress any more.
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

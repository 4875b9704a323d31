#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "loop/clock.hpp"
#include "journal/journal.hpp"

namespace tidegate::sdk {

/// Writes the journal on a thread of its own, so that a slow or hanging disk delays only the answers to requests whose change must survive a
/// crash, and no timer, drain or loop of a server.
///
/// The newest snapshot of a service replaces a snapshot that is not written yet, as only the last one counts.
/// Threads: append() under the host's control lock, with no wait; wait() any, without that lock; stop() once.
class JournalWriter {
 public:
  using Position = Journal::Position;

  /// Throws Fault when the system has no thread left.
  explicit JournalWriter(Journal &journal);
  ~JournalWriter();
  JournalWriter(const JournalWriter &) = delete;
  JournalWriter &operator=(const JournalWriter &) = delete;

  /// Makes room for a service, so that append() needs no memory.
  void expect(std::string_view service);
  /// Hands over a snapshot to write. Returns: its position, for wait().
  Position append(const Kept &kept) noexcept;
  /// Waits until the disk has the snapshots up to `position`, or has refused them. Returns: whether the disk has them.
  bool wait(Position position) noexcept;
  /// Ends all waits in progress, as if the disk had refused; for a process that ends while its disk hangs. Threads: any.
  void let_go() noexcept;
  /// Sets a function that the writer's thread calls with `true` when the disk begins to refuse writes, and with `false` when it accepts
  /// them again. Before the first append().
  void on_change(std::function<void(bool)> fn) { changed_ = std::move(fn); }

  /// Ends the thread when all appended snapshots have been tried; waits for `bound` of the real clock at most. Returns: false when the disk
  /// has not returned by then: this object and the journal must then stay, as the thread uses them later.
  bool stop(Nanos bound);

 private:
  struct Slot {
    Kept kept;
    Position number = 0;  // number of the append; 0: there is no snapshot to write
  };

  void run();
  const Slot *first_after(Position given) const;

  Journal &journal_;
  std::function<void(bool)> changed_;
  mutable std::mutex mu_;  // taken after the control lock; never held while the disk is waited for
  std::condition_variable work_, done_;
  // guarded by mu_:
  std::map<std::string, Slot, std::less<>> slots_;  // by name of the service
  Position appended_ = 0;                           // number of the last append
  Position tried_ = 0;                              // snapshots up to this one were given to the disk
  Position durable_ = 0;                            // snapshots up to this one are on the disk
  Position lost_ = 0;                               // the last snapshot that was lost for lack of memory
  std::uint64_t let_go_ = 0;  // grows with each let_go()
  std::size_t waiting_ = 0;   // threads in wait()
  bool stopping_ = false;
  bool ended_ = false;
  std::thread thread_;
};

}  // namespace tidegate::sdk

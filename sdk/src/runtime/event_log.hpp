#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "core/event.hpp"
#include "runtime/clock.hpp"

namespace tidegate::sdk {

class EventLane;

/// Numbers the events of a host and keeps the newest in memory. Recording needs no memory.
/// Threads: all functions any; its own locks are the last ones taken, and are never held over a callback.
class EventLog {
 public:
  static constexpr std::size_t kKept = 4096;

  explicit EventLog(const Clock &clock);

  /// Numbers and records the event, and offers it to every lane.
  void append(Event event);

  /// The first event after number `after` that is still kept. Returns: false when there is none.
  bool next(std::uint64_t after, Event &event) const;
  std::uint64_t last() const;

  /// Waits for an event after number `after`. Returns: false when it was interrupted or `timeout` is over first.
  bool wait(std::uint64_t after, Nanos timeout) const;
  /// Ends all waits, now and later.
  void interrupt();

  void attach(EventLane &lane);
  void detach(EventLane &lane);

 private:
  const Clock &clock_;
  const std::uint64_t boot_id_;

  std::mutex appending_;  // the order of events, for lanes too; taken before mu_
  // guarded by appending_:
  std::vector<EventLane *> lanes_;

  mutable std::mutex mu_;
  mutable std::condition_variable grown_;
  // guarded by mu_:
  std::unique_ptr<Event[]> ring_;  // sequence n is at (n - 1) % kKept
  std::uint64_t last_ = 0;
  bool interrupted_ = false;
};

}  // namespace tidegate::sdk

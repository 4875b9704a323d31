#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "core/event.hpp"
#include "loop/clock.hpp"

namespace tidegate::sdk {

class EventLane;

/// Numbers the events of a host and keeps the newest in memory. Recording needs no memory.
/// Threads: all functions any. Its locks are taken after all other locks, and are never held over a callback.
class EventLog {
 public:
  static constexpr std::size_t kKept = 4096;

  explicit EventLog(const Clock &clock);

  /// Numbers and records the event, and offers it to every lane.
  void append(Event event);

  /// Copies the first event after number `after` that is still in memory. Returns: false when there is none.
  bool next(std::uint64_t after, Event &event) const;
  std::uint64_t last() const;

  /// Waits for an event after number `after`. Returns: false when interrupt() or `timeout` comes first.
  bool wait(std::uint64_t after, Nanos timeout) const;
  /// Ends all waits, now and later.
  void interrupt();

  void attach(EventLane &lane);
  void detach(EventLane &lane);

 private:
  const Clock &clock_;
  const std::uint64_t boot_id_;

  std::mutex appending_;  // makes the order of events the same for the memory and all lanes; taken before mu_
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

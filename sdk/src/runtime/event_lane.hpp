#pragma once

#include <atomic>
#include <boost/lockfree/spsc_queue.hpp>
#include <cstdint>
#include <functional>

#include "core/event.hpp"
#include "runtime/event_log.hpp"
#include "runtime/wake.hpp"

namespace tidegate::sdk {

/// The way of events to one taker: a bounded queue of its own, so that a slow one delays nobody. When the queue was full,
/// the taker catches up from the log's memory; what is gone there too is counted and said in a 25151.
///
/// Threads: offer() under the log's lock; pump() one thread at a time.
class EventLane {
 public:
  using Take = std::function<void(const Event &)>;

  /// Takes events after number `after`.
  EventLane(EventLog &log, std::uint64_t after, std::string_view taker, Take take);
  ~EventLane();
  EventLane(const EventLane &) = delete;
  EventLane &operator=(const EventLane &) = delete;

  void offer(const Event &event);
  /// Hands over what has come.
  void pump();
  const Wake &wake() const { return wake_; }

 private:
  static constexpr std::size_t kQueued = 128;

  void deliver(const Event &event);
  void catch_up(std::uint64_t to);

  EventLog &log_;
  const FixedText<kNameBytes> taker_;
  const Take take_;
  Wake wake_;
  boost::lockfree::spsc_queue<Event, boost::lockfree::capacity<kQueued>> queue_;
  std::atomic<bool> behind_{true};  // set by offer() when the queue was full, taken back by pump(); first: what came before
  std::uint64_t last_;              // pump() only: the last event that was handed over
};

}  // namespace tidegate::sdk

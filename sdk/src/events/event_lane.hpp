#pragma once

#include <atomic>
#include <boost/lockfree/spsc_queue.hpp>
#include <cstdint>
#include <functional>
#include <mutex>

#include "core/event.hpp"
#include "events/event_log.hpp"
#include "loop/wake.hpp"

namespace tidegate::sdk {

/// Carries events to one taker by a bounded queue, so that a slow taker delays no other. After an overflow of the queue the taker catches
/// up from the log's memory; event 25151 counts the events that are gone there too.
///
/// Threads: offer() under the log's lock; pump() one thread at a time; end() and last() any.
class EventLane {
 public:
  using Take = std::function<void(const Event &)>;

  /// Takes events after number `after`; kHeld: the lane takes none until begin().
  EventLane(EventLog &log, std::uint64_t after, std::string_view taker, Take take);
  static constexpr std::uint64_t kHeld = UINT64_MAX;
  void begin(std::uint64_t after);
  ~EventLane();
  EventLane(const EventLane &) = delete;
  EventLane &operator=(const EventLane &) = delete;

  void offer(const Event &event);
  /// Hands over the events that have come. `busy` gets the start of the call in progress by the monotonic clock; 0: no call is in progress.
  void pump(std::atomic<Nanos> *busy = nullptr);
  /// Hands over one event. Returns: whether there may be another.
  bool pump_one();
  /// Makes the next pump() look in the log's memory too. An event is there, and a waiter has seen it, before it is offered to each
  /// lane: without this call a taker that goes because of an event would not get that event.
  void look_in_memory() { behind_.store(true, std::memory_order_release); }
  /// Takes no more events: pump() returns after the event in progress and does not touch the log any more. After this call last() is the
  /// last event that is ever handed over.
  void end();
  /// Returns the number of the last event that was handed over, or is being handed over.
  std::uint64_t last() const { return last_.load(std::memory_order_acquire); }
  const Wake &wake() const { return wake_; }

 private:
  static constexpr std::size_t kQueued = 128;

  bool claim(std::uint64_t sequence);
  bool claim_from_memory(std::uint64_t to, Event &event);
  bool catch_up_one(std::uint64_t to);
  void deliver(const Event &event, std::atomic<Nanos> *busy);
  void catch_up(std::uint64_t to, std::atomic<Nanos> *busy);

  EventLog &log_;
  const FixedText<kNameBytes> taker_;
  const Take take_;
  Wake wake_;
  boost::lockfree::spsc_queue<Event, boost::lockfree::capacity<kQueued>> queue_;
  std::atomic<bool> behind_{true};  // pump() must read the log's memory: at first, and after the queue was full; pump() clears it
  std::mutex claiming_;  // held by pump() while it reads ended_ and the log, never over a callback
  bool ended_ = false;   // guarded by claiming_
  std::atomic<std::uint64_t> last_;  // written under claiming_; the last event that was handed over, or is being handed over
};

}  // namespace tidegate::sdk

#include "events/event_lane.hpp"

#include <utility>

#include "loop/callback_scope.hpp"
#include "loop/clock.hpp"
#include "events/event_text.hpp"

namespace tidegate::sdk {

EventLane::EventLane(EventLog &log, std::uint64_t after, std::string_view taker, Take take)
    : log_(log), taker_(taker), take_(std::move(take)), last_(after) {
  log_.attach(*this);
  wake_.ring();
}

EventLane::~EventLane() { end(); }

void EventLane::begin(std::uint64_t after) {
  {
    const std::lock_guard lock(claiming_);
    last_.store(after, std::memory_order_release);
  }
  behind_.store(true, std::memory_order_release);
  wake_.ring();
}

void EventLane::end() {
  {
    const std::lock_guard lock(claiming_);
    if (std::exchange(ended_, true)) return;
  }
  log_.detach(*this);
}

void EventLane::offer(const Event &event) {
  if (!queue_.push(event)) behind_.store(true, std::memory_order_release);
  wake_.ring();
}

void EventLane::pump(std::atomic<Nanos> *busy) {
  Event event;
  do {
    while (queue_.pop(event)) {
      if (event.sequence > last() + 1) catch_up(event.sequence - 1, busy);
      if (claim(event.sequence)) deliver(event, busy);
    }
    if (!behind_.exchange(false, std::memory_order_acq_rel)) return;
    catch_up(UINT64_MAX, busy);
  } while (true);
}

bool EventLane::pump_one() {
  Event event;
  while (!behind_.load(std::memory_order_acquire) && queue_.pop(event)) {
    if (event.sequence > last() + 1 && catch_up_one(event.sequence - 1)) {
      behind_.store(true, std::memory_order_release);  // the popped event is in the log's memory too
      return true;
    }
    if (!claim(event.sequence)) continue;
    deliver(event, nullptr);
    return true;
  }
  if (!behind_.exchange(false, std::memory_order_acq_rel)) return false;
  if (!catch_up_one(UINT64_MAX)) return true;  // the queue may have grown meanwhile
  behind_.store(true, std::memory_order_release);
  return true;
}

/// Hands over one event from the log's memory, up to number `to`. Returns: whether there was one.
bool EventLane::catch_up_one(std::uint64_t to) {
  Event event;
  if (!claim_from_memory(to, event)) return false;
  deliver(event, nullptr);
  return true;
}

/// Claims an event for its delivery. Returns: false when the event was handed over already, or the lane has ended.
bool EventLane::claim(std::uint64_t sequence) {
  const std::lock_guard lock(claiming_);
  if (ended_ || sequence <= last()) return false;
  last_.store(sequence, std::memory_order_release);
  return true;
}

/// Claims the next event from the log's memory, up to number `to`. Returns: false when there is none.
bool EventLane::claim_from_memory(std::uint64_t to, Event &event) {
  const std::lock_guard lock(claiming_);
  if (ended_ || last() >= to || !log_.next(last(), event)) return false;
  const std::uint64_t lost = event.sequence - last() - 1;
  last_.store(event.sequence, std::memory_order_release);
  if (lost != 0) log_.append(events_lost(taker_.view(), lost));
  return true;
}

void EventLane::catch_up(std::uint64_t to, std::atomic<Nanos> *busy) {
  for (Event event; claim_from_memory(to, event);) deliver(event, busy);
}

void EventLane::deliver(const Event &event, std::atomic<Nanos> *busy) {
  if (busy != nullptr) busy->store(Clock::real().monotonic(), std::memory_order_release);
  {
    const CallbackScope scope;
    take_(event);
  }
  if (busy != nullptr) busy->store(0, std::memory_order_release);
}

}  // namespace tidegate::sdk

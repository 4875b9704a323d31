#include "runtime/event_lane.hpp"

#include <utility>

#include "runtime/callback_scope.hpp"
#include "runtime/event_text.hpp"

namespace tidegate::sdk {

EventLane::EventLane(EventLog &log, std::uint64_t after, std::string_view taker, Take take)
    : log_(log), taker_(taker), take_(std::move(take)), last_(after) {
  log_.attach(*this);
  wake_.ring();
}

EventLane::~EventLane() { log_.detach(*this); }

void EventLane::offer(const Event &event) {
  if (!queue_.push(event)) behind_.store(true, std::memory_order_release);
  wake_.ring();
}

void EventLane::pump() {
  Event event;
  do {
    while (queue_.pop(event)) {
      if (event.sequence <= last_) continue;  // already read from memory
      if (event.sequence > last_ + 1) catch_up(event.sequence - 1);
      deliver(event);
    }
    if (!behind_.exchange(false, std::memory_order_acq_rel)) return;
    catch_up(log_.last());
  } while (true);
}

void EventLane::catch_up(std::uint64_t to) {
  Event event;
  while (last_ < to && log_.next(last_, event)) {
    if (event.sequence > last_ + 1) {
      const std::uint64_t lost = event.sequence - last_ - 1;
      last_ = event.sequence - 1;
      log_.append(events_lost(taker_.view(), lost));
    }
    deliver(event);
  }
}

void EventLane::deliver(const Event &event) {
  last_ = event.sequence;
  const CallbackScope scope;
  take_(event);
}

}  // namespace tidegate::sdk

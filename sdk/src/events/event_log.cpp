#include "events/event_log.hpp"

#include <algorithm>
#include <chrono>
#include <random>

#include "events/event_lane.hpp"

namespace tidegate::sdk {
namespace {

std::uint64_t random_id() {
  std::random_device random;
  return (std::uint64_t{random()} << 32) | random();
}

}  // namespace

EventLog::EventLog(const Clock &clock) : clock_(clock), boot_id_(random_id()), ring_(new Event[kKept]) {}

/// Wakes waiting threads first, when the lock is free again; after that the lanes wake their threads.
void EventLog::append(Event event) {
  const std::lock_guard in_order(appending_);
  event.boot_id = boot_id_;
  event.monotonic = clock_.monotonic();
  event.unix_ns = clock_.unix_ns();
  {
    const std::lock_guard lock(mu_);
    event.sequence = ++last_;
    ring_[(last_ - 1) % kKept] = event;
  }
  grown_.notify_all();
  for (EventLane *lane : lanes_) lane->offer(event);
}

bool EventLog::next(std::uint64_t after, Event &event) const {
  const std::lock_guard lock(mu_);
  if (after >= last_) return false;
  const std::uint64_t oldest = last_ > kKept ? last_ - kKept + 1 : 1;
  event = ring_[(std::max(after + 1, oldest) - 1) % kKept];
  return true;
}

std::uint64_t EventLog::last() const {
  const std::lock_guard lock(mu_);
  return last_;
}

bool EventLog::wait(std::uint64_t after, Nanos timeout) const {
  std::unique_lock lock(mu_);
  const auto ready = [&] { return last_ > after || interrupted_; };
  // A year or more is a wait without a timer: a longer time would overflow the clock's arithmetic, and a timer is half the cost of a wait.
  constexpr Nanos kYear = Nanos{365} * 24 * 3600 * kSecond;
  if (timeout >= kYear)
    grown_.wait(lock, ready);
  else
    grown_.wait_for(lock, std::chrono::nanoseconds(timeout), ready);
  return last_ > after;
}

void EventLog::interrupt() {
  const std::lock_guard lock(mu_);
  interrupted_ = true;
  grown_.notify_all();
}

void EventLog::attach(EventLane &lane) {
  const std::lock_guard lock(appending_);
  lanes_.push_back(&lane);
}

void EventLog::detach(EventLane &lane) {
  const std::lock_guard lock(appending_);
  std::erase(lanes_, &lane);
}

}  // namespace tidegate::sdk

#include "loop/call_mark.hpp"

#include <unistd.h>

#include "loop/clock.hpp"

namespace tidegate::sdk {
namespace {

thread_local CallMark *current = nullptr;

}  // namespace

void CallMark::set_current(CallMark *mark) { current = mark; }

CallMark::Call CallMark::call() const {
  const char *const function = function_.load(std::memory_order_acquire);
  if (function == nullptr) return {};
  return {function, number_.load(std::memory_order_relaxed), since_.load(std::memory_order_relaxed)};
}

std::string CallMark::name(const Call &call) {
  if (call.function == nullptr) return "no call";
  return call.function + (call.number == 0 ? std::string() : " of event " + std::to_string(call.number));
}

bool CallMark::leave_behind() {
  std::uint32_t inside = in_plugin;
  return place_.compare_exchange_strong(inside, left_behind, std::memory_order_acq_rel);
}

VendorScope::VendorScope(const char *function, std::uint32_t number) : mark_(current) {
  if (mark_ == nullptr) return;
  if (mark_->function_.load(std::memory_order_relaxed) != nullptr) {  // such as dlopen, which calls a constructor
    mark_ = nullptr;
    return;
  }
  mark_->since_.store(Clock::real().monotonic(), std::memory_order_relaxed);
  mark_->number_.store(number, std::memory_order_relaxed);
  mark_->function_.store(function, std::memory_order_release);
  mark_->place_.store(CallMark::in_plugin, std::memory_order_release);
}

VendorScope::~VendorScope() {
  if (mark_ == nullptr) return;
  std::uint32_t inside = CallMark::in_plugin;
  if (!mark_->place_.compare_exchange_strong(inside, CallMark::in_host, std::memory_order_acq_rel))
    while (true) pause();  // the host has left this thread behind: memory that the thread would use may be freed
  mark_->function_.store(nullptr, std::memory_order_release);
}

}  // namespace tidegate::sdk

#include "control/not_in_child.hpp"

#include <pthread.h>
#include <unistd.h>

#include <array>
#include <atomic>

namespace tidegate::control {
namespace {

constexpr int kNone = 0;  // a slot in use has the descriptor plus 1

// Any thread takes and gives back slots. A forked child reads them while it has only one thread.
std::array<std::atomic<int>, 2048> slots;

void close_all() {
  for (std::atomic<int> &slot : slots)
    if (const int taken = slot.exchange(kNone, std::memory_order_relaxed); taken != kNone) close(taken - 1);
}

}  // namespace

NotInChild::NotInChild(int fd) {
  static const int registered = pthread_atfork(nullptr, nullptr, close_all);
  if (fd < 0 || registered != 0) return;
  for (std::size_t i = 0; i < slots.size(); ++i) {
    int free = kNone;
    if (!slots[i].compare_exchange_strong(free, fd + 1, std::memory_order_acq_rel)) continue;
    slot_ = static_cast<int>(i);
    return;
  }
}

void NotInChild::forget() {
  if (slot_ >= 0) slots[static_cast<std::size_t>(slot_)].store(kNone, std::memory_order_release);
  slot_ = -1;
}

}  // namespace tidegate::control

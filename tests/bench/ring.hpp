#pragma once

#include <array>
#include <atomic>
#include <cstdint>

namespace tidegate::bench {

/// A bounded queue from one thread to one other. Each side looks at the other's place only when it has to.
class Ring {
 public:
  bool push(std::uint64_t value) {
    if (written_ - read_seen_ == kSlots) {
      read_seen_ = read_at_.load(std::memory_order_acquire);
      if (written_ - read_seen_ == kSlots) return false;
    }
    slots_[written_ % kSlots] = value;
    written_at_.store(++written_, std::memory_order_release);
    return true;
  }
  bool pop(std::uint64_t &value) {
    if (read_ == written_seen_) {
      written_seen_ = written_at_.load(std::memory_order_acquire);
      if (read_ == written_seen_) return false;
    }
    value = slots_[read_ % kSlots];
    read_at_.store(++read_, std::memory_order_release);
    return true;
  }

 private:
  static constexpr std::uint64_t kSlots = 1024;

  std::array<std::uint64_t, kSlots> slots_{};
  alignas(64) std::atomic<std::uint64_t> written_at_{0};
  alignas(64) std::uint64_t written_ = 0;  // the writer's own
  std::uint64_t read_seen_ = 0;
  alignas(64) std::atomic<std::uint64_t> read_at_{0};
  alignas(64) std::uint64_t read_ = 0;  // the reader's own
  std::uint64_t written_seen_ = 0;
};

}  // namespace tidegate::bench

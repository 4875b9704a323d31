#pragma once

#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdint>

#include "os/descriptor.hpp"

namespace tidegate::control {

/// Wakes a thread that polls its descriptor. Threads: any.
class Bell {
 public:
  Bell() : fd_(os::off_standard(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC))) {}
  ~Bell() { close(fd_); }
  Bell(const Bell &) = delete;
  Bell &operator=(const Bell &) = delete;

  int fd() const { return fd_; }
  void ring() {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = write(fd_, &one, sizeof one);
  }
  void clear() {
    std::uint64_t rings;
    [[maybe_unused]] const auto taken = read(fd_, &rings, sizeof rings);
  }

 private:
  const int fd_;
};

}  // namespace tidegate::control

#include "os/descriptor.hpp"
#include "loop/wake.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

#include "core/cancel_off.hpp"
#include "os/fault.hpp"

namespace tidegate::sdk {

Wake::Wake() : fd_(os::off_standard(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC))) {
  if (fd_ < 0) throw system_fault("cannot make an eventfd", errno);
}

Wake::~Wake() { close(fd_); }

void Wake::ring() const {
  const CancelOff uncancelled;  // also inside tg_release(): after a lost ring a drain would never complete
  const std::uint64_t one = 1;
  // The write can fail only when the counter is at its maximum, and then the thread is awake already.
  [[maybe_unused]] const auto written = write(fd_, &one, sizeof one);
}

void Wake::clear() const {
  std::uint64_t rings;
  [[maybe_unused]] const auto taken = read(fd_, &rings, sizeof rings);
}

void Wake::wait() const {
  pollfd watched{fd_, POLLIN, 0};
  while (poll(&watched, 1, -1) < 0 && errno == EINTR) {
  }
  clear();
}

}  // namespace tidegate::sdk

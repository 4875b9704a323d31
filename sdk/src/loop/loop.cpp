#include "os/descriptor.hpp"
#include "loop/loop.hpp"

#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <climits>
#include <thread>

#include "os/fault.hpp"

namespace tidegate::sdk {

Loop::Loop()
    : epoll_(os::off_standard(epoll_create1(EPOLL_CLOEXEC))),
      timer_(os::off_standard(timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC))) {
  const int error = errno;
  if (epoll_ < 0 || timer_ < 0) {
    close(epoll_);
    close(timer_);
    throw system_fault("cannot make the descriptors of the loop", error);
  }
  watch(timer_);
}

Loop::~Loop() {
  close(timer_);
  close(epoll_);
}

void Loop::watch(int fd) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = fd;
  if (epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) != 0) throw system_fault("cannot watch a descriptor", errno);
}

void Loop::unwatch(int fd) { epoll_ctl(epoll_, EPOLL_CTL_DEL, fd, nullptr); }

void Loop::wake_at(Nanos moment) {
  itimerspec when{};  // all zero disarms the timer; each setting also clears an expiry
  if (moment != kNever) {
    when.it_value.tv_sec = static_cast<time_t>(moment / kSecond);
    when.it_value.tv_nsec = static_cast<long>(moment % kSecond) + (moment == 0 ? 1 : 0);
  }
  // A kernel that refuses the timer from now on, such as one with a new seccomp filter, must not stop deadlines: then wait() looks often.
  timer_is_refused_ = timerfd_settime(timer_, TFD_TIMER_ABSTIME, &when, nullptr) != 0 && moment != kNever;
}

void Loop::wait(Nanos most) const {
  constexpr Nanos kMillisecond = 1'000'000;
  constexpr Nanos kLook = kSecond / 10;
  if (timer_is_refused_) most = std::min(most, kLook);
  const int timeout = most == kNever ? -1 : static_cast<int>(std::min<Nanos>(most / kMillisecond + 1, INT_MAX));
  epoll_event event;
  while (epoll_wait(epoll_, &event, 1, timeout) < 0) {
    if (errno == EINTR) continue;
    std::this_thread::sleep_for(std::chrono::nanoseconds(std::min(most, kLook)));  // the kernel refuses epoll_wait(): avoids a busy loop
    return;
  }
}

}  // namespace tidegate::sdk

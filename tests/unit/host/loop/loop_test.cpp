// FINDINGS L12: the loop in a process that forbids itself the system calls of the loop.

#include "loop/loop.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>

#include "../../../fixtures/sandbox.hpp"
#include "loop/clock.hpp"

namespace tidegate::sdk {
namespace {

Nanos now() { return Clock::real().monotonic(); }

/// Runs `fact` in a child process and expects it to hold.
void expect_in_child(bool (*fact)()) {
  const pid_t child = fork();
  if (child == 0) {
    alarm(20);
    _exit(fact() ? 0 : 1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
}

TEST(Loop, Timer_ThatIsRefused_DoesNotKeepADeadlineFromComing) {
  expect_in_child([] {
    Loop loop;
    if (!forbid({__NR_timerfd_settime})) return false;
    const Nanos began = now();
    loop.wake_at(later(began, kSecond / 20));
    loop.wait();
    return now() - began < 5 * kSecond;  // and not for ever
  });
}

TEST(Loop, Wait_ThatIsRefused_DoesNotBecomeABusyLoop) {
  expect_in_child([] {
    Loop loop;
    if (!forbid({__NR_epoll_wait, __NR_epoll_pwait})) return false;
    int waits = 0;
    for (const Nanos end = later(now(), kSecond / 2); now() < end; ++waits) loop.wait();
    return waits <= 6;
  });
}

}  // namespace
}  // namespace tidegate::sdk

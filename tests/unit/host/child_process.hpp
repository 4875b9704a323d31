#pragma once

#include <gtest/gtest.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

namespace tidegate::sdk {

/// In a process of its own, for what it does to itself; there must() takes the place of the macros.
template <class F>
testing::AssertionResult in_child(F &&body) {
  const pid_t child = fork();
  if (child == 0) {
    body();
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return status == 0 ? testing::AssertionSuccess() : testing::AssertionFailure() << "it ended with " << status;
}

inline void must(bool fact, const char *file = __builtin_FILE(), int line = __builtin_LINE()) {
  if (fact) return;
  dprintf(STDERR_FILENO, "%s:%d: not so\n", file, line);
  _exit(1);
}

}  // namespace tidegate::sdk

// P4, C18: a process that cannot go on ends, with its last line where the line's reader takes it.
#include "plugin_file/last_words.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace tidegate::sdk {
namespace {

constexpr unsigned kLimitS = 20;

/// Returns the signal that ended a process which said its last words to `error_output`; SIGALRM: the process did not end.
int signal_after_last_words(int error_output) {
  const pid_t child = fork();
  if (child == 0) {
    const rlimit none{0, 0};
    setrlimit(RLIMIT_CORE, &none);
    signal(SIGALRM, SIG_DFL);
    alarm(kLimitS);
    dup2(error_output, STDERR_FILENO);
    const std::string sentence = "plugin p threw an exception while it was mapped";
    const std::function<void(const std::string &)> also;
    const LastWords words(sentence, also);
    words.say("no licence");
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

TEST(LastWords, ReaderThatTakesThem_GetsThem) {
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  EXPECT_EQ(signal_after_last_words(ends[1]), SIGABRT);
  char line[256];
  const ssize_t got = read(ends[0], line, sizeof line);
  close(ends[0]);
  close(ends[1]);
  ASSERT_GT(got, 0);
  EXPECT_EQ(std::string(line, static_cast<std::size_t>(got)),
            "tidegate: plugin p threw an exception while it was mapped: no licence; the process ends\n");
}

TEST(LastWords, FullPipe_DoesNotKeepTheProcess) {
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
  while (write(ends[1], "x", 1) == 1) {
  }
  fcntl(ends[1], F_SETFL, 0);  // what a service manager hands over waits
  EXPECT_EQ(signal_after_last_words(ends[1]), SIGABRT);
  close(ends[0]);
  close(ends[1]);
}

TEST(LastWords, ClosedOutput_DoesNotKeepTheProcess) {
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  close(ends[0]);
  signal(SIGPIPE, SIG_IGN);
  EXPECT_EQ(signal_after_last_words(ends[1]), SIGABRT);
  signal(SIGPIPE, SIG_DFL);
  close(ends[1]);
}

}  // namespace
}  // namespace tidegate::sdk

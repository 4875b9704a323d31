// Whenever the process is killed, the file has what was synced.

#include <signal.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <new>

#include "journal_changes.hpp"
#include "../scratch.hpp"

namespace tidegate::sdk {
namespace {

/// What a process that is about to be killed has got done, in memory that outlives it.
struct Progress {
  std::atomic<std::size_t> begun{0};
  std::atomic<std::size_t> synced{0};
};

class SharedProgress {
 public:
  SharedProgress() : at_(mmap(nullptr, sizeof(Progress), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0)) {
    new (at_) Progress;
  }
  ~SharedProgress() { munmap(at_, sizeof(Progress)); }
  Progress *operator->() const { return static_cast<Progress *>(at_); }

 private:
  void *at_;
};

/// Each change appended and synced, with a file that is soon too large. `begun` and `synced` count those that were there
/// before.
void make(const std::string &state, const Changes &all, std::size_t from, const SharedProgress &progress, int said = -1) {
  Journal journal(state, 700);
  for (std::size_t i = from; i < all.size(); ++i) {
    progress->begun = i + 1;
    if (!journal.sync(journal.append(all[i]))) _exit(1);
    progress->synced = i + 1;
    if (said >= 0 && ::write(said, "", 1) != 1) _exit(2);
  }
}

/// Opens what is left, which must be a state that the process had, and not one before the last that it has synced.
testing::AssertionResult left_whole(const std::string &state, const Changes &all, const SharedProgress &progress) {
  const State left = reopened(state);
  for (std::size_t count = progress->synced; count <= progress->begun; ++count)
    if (left == state_after(all, count)) return testing::AssertionSuccess();
  return testing::AssertionFailure() << "not a state after " << progress->synced << " to " << progress->begun << " changes";
}

TEST(Journal, KilledAfterEachSync_KeepsWhatWasSynced) {
  const Changes all = changes(25);
  for (std::size_t count = 0; count <= all.size(); ++count) {
    const Scratch scratch;
    const SharedProgress progress;
    int said[2];
    ASSERT_EQ(pipe(said), 0);
    const pid_t child = fork();
    if (child == 0) {
      make(scratch.state(), all, 0, progress, said[1]);
      for (;;) pause();
    }
    close(said[1]);
    char byte;
    for (std::size_t i = 0; i < count; ++i) ASSERT_EQ(read(said[0], &byte, 1), 1);
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
    close(said[0]);
    EXPECT_GE(progress->synced, count);
    EXPECT_TRUE(left_whole(scratch.state(), all, progress)) << count;
  }
}

/// Kills it before its first system call, after that, before its second...: only they change what is in the directory. It
/// opens a file with damage, and writes it anew three times.
TEST(Journal, KilledAtEverySystemCall_KeepsWhatWasSynced) {
  const Changes all = changes(20);
  const std::size_t from = 4;
  bool ended = false;
  std::size_t calls = 0;
  for (; !ended; ++calls) {
    const Scratch scratch;
    write(scratch.file(), file_of({all.begin(), all.begin() + from}) + record(all[from]).substr(0, 30));
    const SharedProgress progress;
    progress->begun = progress->synced = from;
    const pid_t child = fork();
    if (child == 0) {
      if (ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) _exit(3);
      raise(SIGSTOP);
      make(scratch.state(), all, from, progress);
      _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    ASSERT_TRUE(WIFSTOPPED(status)) << "a process that is traced is needed here: " << status;
    for (std::size_t i = 0; i <= calls && !ended; ++i) {
      ASSERT_EQ(ptrace(PTRACE_SYSCALL, child, nullptr, nullptr), 0);
      waitpid(child, &status, 0);
      ended = WIFEXITED(status);
    }
    if (ended) {
      EXPECT_EQ(WEXITSTATUS(status), 0);
      EXPECT_EQ(progress->synced, all.size());
    } else {
      kill(child, SIGKILL);
      waitpid(child, nullptr, 0);
    }
    ASSERT_TRUE(left_whole(scratch.state(), all, progress)) << calls;
  }
  RecordProperty("stops", static_cast<int>(calls));
  EXPECT_GT(calls, 100u);
}

}  // namespace
}  // namespace tidegate::sdk

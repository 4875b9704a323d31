// A lock that says which process is there (FINDINGS L10, C2): it ends with that process, whatever children it has left.
#include "os/process_lock.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <string>

namespace tidegate::os {
namespace {

class ProcessLockTest : public testing::Test {
 protected:
  ProcessLockTest() {
    std::string folder = testing::TempDir() + "lockXXXXXX";
    EXPECT_NE(mkdtemp(folder.data()), nullptr);
    folder_ = folder;
  }
  ~ProcessLockTest() override { std::filesystem::remove_all(folder_); }

  std::string path() const { return folder_ + "/lock"; }
  /// What `body` returns in a child.
  static int in_child(const std::function<int()> &body) {
    const pid_t child = fork();
    if (child == 0) _exit(body());
    int status = -1;
    EXPECT_EQ(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

  std::string folder_;
};

TEST_F(ProcessLockTest, L10_Held_RefusesOthers_AndNamesTheProcess) {
  ProcessLock lock;
  ASSERT_TRUE(lock.take(path()));
  EXPECT_TRUE(lock.is_in_place());
  const pid_t holder = getpid();
  EXPECT_EQ(in_child([&] {
              ProcessLock other;
              return !other.take(path()) && errno == EWOULDBLOCK && other.holder() == holder ? 0 : 1;
            }),
            0);
}

TEST_F(ProcessLockTest, L10_HeldByThisProcess_IsRefusedTwice_AndNotLostByThat) {
  ProcessLock lock, second;
  ASSERT_TRUE(lock.take(path()));
  EXPECT_FALSE(second.take(path()));
  EXPECT_EQ(errno, EWOULDBLOCK);
  EXPECT_EQ(second.holder(), getpid());
  EXPECT_EQ(in_child([&] { return ProcessLock().take(path()) ? 1 : 0; }), 0) << "the lock was lost";
}

TEST_F(ProcessLockTest, L10_HolderThatCrashed_LeavesNoLock_ThoughItsChildLives) {
  int until_read[2];
  ASSERT_EQ(pipe(until_read), 0);
  EXPECT_EQ(in_child([&] {
              auto *lock = new ProcessLock;
              if (!lock->take(path())) return 1;
              if (fork() == 0) {
                char byte;
                close(until_read[1]);
                _exit(read(until_read[0], &byte, 1) == 0 ? 0 : 1);  // lives until the test ends
              }
              return 0;
            }),
            0);
  ProcessLock lock;
  EXPECT_TRUE(lock.take(path()));
  close(until_read[0]);
  close(until_read[1]);
}

TEST_F(ProcessLockTest, L10_ChildOfTheHolder_MayTakeAnother_ButNotThis) {
  ProcessLock lock;
  ASSERT_TRUE(lock.take(path()));
  EXPECT_EQ(in_child([&] { return ProcessLock().take(path() + "2") && !ProcessLock().take(path()) ? 0 : 1; }), 0);
}

TEST_F(ProcessLockTest, Released_MayBeTaken_AndRemoved_IsNotInPlace) {
  ProcessLock lock;
  ASSERT_TRUE(lock.take(path()));
  lock.release();
  ASSERT_TRUE(lock.take(path()));
  std::filesystem::remove(path());
  EXPECT_FALSE(lock.is_in_place());
}

}  // namespace
}  // namespace tidegate::os

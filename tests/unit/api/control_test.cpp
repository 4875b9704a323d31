// The control socket of a host: how it ends, and what a crash and children leave of it (FINDINGS L10, C2).
#include "tidegate/control_socket.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string>

#include "tidegate/host.hpp"

namespace tidegate {
namespace {

class ControlTest : public testing::Test {
 protected:
  ControlTest() {
    std::string folder = "/tmp/tgcontrolXXXXXX";
    EXPECT_NE(mkdtemp(folder.data()), nullptr);
    top_ = folder;
  }
  ~ControlTest() override { std::filesystem::remove_all(top_); }

  std::string directory() const { return top_ + "/host"; }
  std::string state() const { return top_ + "/state"; }
  static Host host(const std::string &state = {}) {
    tg_host_options options = TG_INIT(tg_host_options);
    options.state_directory = str(state);
    options.name = str("control-test");
    options.log_path = str("/dev/null");
    return Host(options);
  }
  /// 0, or why there is no connection.
  int connection() const {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, (directory() + "/control.sock").c_str(), sizeof address.sun_path - 1);
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int error = connect(fd, reinterpret_cast<const sockaddr *>(&address), sizeof address) == 0 ? 0 : errno;
    close(fd);
    return error;
  }

  std::string top_;
};

TEST_F(ControlTest, Closed_LeavesNothing) {
  const Host one = host();
  { const Control control = one.open_control(directory()); }
  EXPECT_FALSE(std::filesystem::exists(directory()));
}

TEST_F(ControlTest, L10_SecondInTheSameProcess_IsRefused_AndTheFirstKeepsItsLock) {
  const Host one = host(), other = host();
  const Control control = one.open_control(directory());
  try {
    other.open_control(directory());
    FAIL() << "two hosts at one place";
  } catch (const Error &error) {
    EXPECT_EQ(error.code(), TG_E_EXISTS);
  }
  EXPECT_EQ(connection(), 0);
}

TEST_F(ControlTest, L10_CrashedHost_WithAChildThatLives_IsNoHost_AndIsFollowedByAnother) {
  int until_closed[2], ready[2];
  ASSERT_EQ(pipe(until_closed), 0);
  ASSERT_EQ(pipe(ready), 0);
  const pid_t crashing = fork();
  if (crashing == 0) {
    auto *one = new Host(host(state()));
    new Control(one->open_control(directory()));
    char byte = 0;
    if (fork() == 0) {
      close(until_closed[1]);
      _exit(write(ready[1], "r", 1) == 1 && read(until_closed[0], &byte, 1) == 0 ? 0 : 1);
    }
    _exit(connection() == 0 && read(ready[0], &byte, 1) == 1 ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(waitpid(crashing, &status, 0), crashing);
  ASSERT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  EXPECT_EQ(connection(), ECONNREFUSED) << "the child has kept the socket";
  {
    const Host next = host(state());  // the lock of the state directory has gone with the process too
    const Control control = next.open_control(directory());
    EXPECT_EQ(connection(), 0);
  }
  for (const int fd : {until_closed[0], until_closed[1], ready[0], ready[1]}) close(fd);
}

TEST_F(ControlTest, L10_DirectoryThatOthersMayWriteTo_IsClosedToThem) {
  std::filesystem::create_directory(directory());
  ASSERT_EQ(chmod(directory().c_str(), 0775), 0);
  const Host one = host();
  const Control control = one.open_control(directory());
  struct stat info {};
  ASSERT_EQ(stat(directory().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777u, 0700u);
}

}  // namespace
}  // namespace tidegate

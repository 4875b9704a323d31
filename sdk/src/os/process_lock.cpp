#include "os/process_lock.hpp"

#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <mutex>
#include <vector>

#include "os/descriptor.hpp"

namespace tidegate::os {
namespace {

/// A file that this process has locked. A forked child inherits the list but not the locks, so entries with another process do not count.
struct Mine {
  dev_t device;
  ino_t inode;
  pid_t process;
};
std::mutex &mine_mu() {
  static auto *mu = [] {
    // A child must be able to take locks of its own, whatever threads of the parent were doing when it was forked.
    pthread_atfork([] { mine_mu().lock(); }, [] { mine_mu().unlock(); }, [] { mine_mu().unlock(); });
    return new std::mutex;
  }();
  return *mu;
}
std::vector<Mine> &mine() {
  static auto *list = new std::vector<Mine>;  // never destroyed: locks may outlive static objects
  return *list;
}

bool is_mine(const struct stat &info) {
  for (const Mine &each : mine())
    if (each.device == info.st_dev && each.inode == info.st_ino && each.process == getpid()) return true;
  return false;
}

}  // namespace

bool ProcessLock::take(const std::string &path) {
  const std::lock_guard lock(mine_mu());
  struct stat info {};
  // Checked before the file is opened: closing any descriptor of the file gives up the lock that this process has on it.
  if (lstat(path.c_str(), &info) == 0 && is_mine(info)) {
    holder_ = getpid();
    errno = EWOULDBLOCK;
    return false;
  }
  const int fd = off_standard(open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (fd < 0) return false;
  struct flock whole {};
  whole.l_type = F_WRLCK;
  whole.l_whence = SEEK_SET;
  if (fcntl(fd, F_SETLK, &whole) != 0 || fstat(fd, &info) != 0) {
    const int error = errno == EACCES || errno == EAGAIN ? EWOULDBLOCK : errno;
    holder_ = error == EWOULDBLOCK && fcntl(fd, F_GETLK, &whole) == 0 && whole.l_type != F_UNLCK ? whole.l_pid : 0;
    close(fd);
    errno = error;
    return false;
  }
  mine().push_back({info.st_dev, info.st_ino, getpid()});
  fd_ = fd;
  path_ = path;
  device_ = info.st_dev;
  inode_ = info.st_ino;
  return true;
}

void ProcessLock::release() {
  if (fd_ < 0) return;
  const std::lock_guard lock(mine_mu());
  std::erase_if(mine(), [&](const Mine &each) { return each.device == device_ && each.inode == inode_; });
  close(fd_);
  fd_ = -1;
}

bool ProcessLock::is_in_place() const {
  struct stat info {};
  return fd_ >= 0 && lstat(path_.c_str(), &info) == 0 && info.st_dev == device_ && info.st_ino == inode_;
}

}  // namespace tidegate::os

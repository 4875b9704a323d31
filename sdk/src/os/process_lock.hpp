#pragma once

#include <sys/types.h>

#include <string>
#include <utility>

namespace tidegate::os {

/// A lock on a file that belongs to this process alone. A forked child does not share the lock, so the lock ends with the process that took
/// it, whatever children are left. (A lock of flock() belongs to every process with the descriptor.)
///
/// The lock is a record lock of fcntl(), which a process loses when it closes any descriptor of the file: no other code of the process may
/// open the file. Record locks do not keep a process from taking the same lock twice, so a list of this process's locks does.
/// Threads: any.
class ProcessLock {
 public:
  ProcessLock() = default;
  ProcessLock(ProcessLock &&other) noexcept { swap(other); }
  ProcessLock &operator=(ProcessLock &&other) noexcept {
    swap(other);
    return *this;
  }
  ~ProcessLock() { release(); }

  /// Makes the file if it is missing, and locks it. Does not wait. Returns: true, or false with errno: EWOULDBLOCK when another process, or
  /// another lock of this process, has the file; then holder() returns the process. The caller may remove the file before release().
  bool take(const std::string &path);
  void release();

  bool held() const { return fd_ >= 0; }
  int fd() const { return fd_; }
  /// Returns: whether the locked file is still the one at the path.
  bool is_in_place() const;
  /// Returns the process that has the lock after take() failed with EWOULDBLOCK; 0: not known.
  pid_t holder() const { return holder_; }

 private:
  void swap(ProcessLock &other) {
    std::swap(fd_, other.fd_);
    std::swap(holder_, other.holder_);
    std::swap(path_, other.path_);
    std::swap(device_, other.device_);
    std::swap(inode_, other.inode_);
  }

  int fd_ = -1;
  pid_t holder_ = 0;
  std::string path_;
  dev_t device_ = 0;
  ino_t inode_ = 0;
};

}  // namespace tidegate::os

#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace tidegate::os {

/// Moves a descriptor away from 0, 1 and 2: a process that has closed its standard descriptors would get these numbers for new files, and
/// daemon(3) or dup2(2) would replace them later. Returns: the descriptor, 3 or more and close-on-exec; -1 with errno.
inline int off_standard(int fd) {
  if (fd < 0 || fd > STDERR_FILENO) return fd;
  const int moved = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  const int error = errno;
  close(fd);
  errno = error;
  return moved;
}

/// A file descriptor of this process, closed with its holder; -1: none.
class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(off_standard(fd)) {}
  Descriptor(Descriptor &&other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor &operator=(Descriptor &&other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }

  int fd() const { return fd_; }
  bool is_open() const { return fd_ >= 0; }

 private:
  int fd_;
};

}  // namespace tidegate::os

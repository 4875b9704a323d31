#pragma once

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

/// A descriptor that is kept for the moment at which the process, or the system, has none left. libre would then try in a loop to accept the
/// connections that wait at its ports. Threads: libre's loop.
class Spare {
 public:
  Spare() : fd_(open("/dev/null", O_RDONLY | O_CLOEXEC)) {}
  ~Spare() { close(fd_); }
  Spare(const Spare &) = delete;
  Spare &operator=(const Spare &) = delete;

  /// Closes the connections that wait at TCP ports of this process, while no descriptor is left for them. `descriptors`: the highest number
  /// that a port's own descriptor can have.
  void close_waiting(int descriptors) {
    const int another = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (another >= 0) {
      if (fd_ >= 0) close(another);
      if (fd_ < 0) fd_ = another;
      return;
    }
    close(fd_);
    for (int port = 0; port <= descriptors; ++port)
      if (is_tcp_port(port))
        for (int client; (client = accept(port, nullptr, nullptr)) >= 0;) close(client);
    fd_ = open("/dev/null", O_RDONLY | O_CLOEXEC);
  }

 private:
  /// Of libre, whose sockets do not block.
  static bool is_tcp_port(int fd) {
    int listens = 0, family = 0;
    socklen_t size = sizeof listens;
    if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) != 0 || listens == 0) return false;
    size = sizeof family;
    return getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &family, &size) == 0 && (family == AF_INET || family == AF_INET6) &&
           (fcntl(fd, F_GETFL) & O_NONBLOCK) != 0;
  }

  int fd_;
};

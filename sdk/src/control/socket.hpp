#pragma once

#include <sys/types.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "control/not_in_child.hpp"
#include "control/peer.hpp"
#include "os/process_lock.hpp"

namespace tidegate::control {

/// A listening Unix socket (0600) in a directory of its own (0700) that this user owns. The object holds a lock on the directory, which
/// children of the process do not inherit: by this lock clients distinguish a served socket from the socket of a crashed host.
/// Errors: tidegate::Error.
class Socket {
 public:
  /// `directory`: empty for the directory with the host's name in os::make_own_base().
  Socket(std::string_view host, std::string directory);
  ~Socket();
  Socket(const Socket &) = delete;
  Socket &operator=(const Socket &) = delete;

  int fd() const { return fd_; }
  /// Returns the path of the socket.
  const std::string &path() const { return path_; }

  /// Makes the socket again if it or its directory was removed, for example at a logout or by a cleaner of temporary files. Without a given
  /// directory, make_own_base() may choose another place now. Returns: whether fd() has changed.
  bool mend() noexcept;

  /// Returns the process at the other end if its user is this user or root; otherwise, and when the kernel does not know it, nothing.
  static std::optional<Peer> own_peer(int client);

 private:
  void open();
  void lock_directory(const std::string &directory);
  void listen_at(const std::string &path);
  bool is_in_place() const;
  void shut();

  const std::string host_;
  const std::string given_;  // the directory that was asked for, or empty
  os::ProcessLock lock_;
  int fd_ = -1;
  std::unique_ptr<NotInChild> not_in_child_;
  std::string path_;
  dev_t device_ = 0;  // of the socket that was made
  ino_t inode_ = 0;
  bool remove_directory_ = false;  // the directory is for this host only: it has the host's name, or this object made it
};

}  // namespace tidegate::control

#pragma once

#include <sys/types.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "control/not_in_child.hpp"
#include "control/peer.hpp"
#include "reach/process_lock.hpp"

namespace tidegate::control {

/// A listening Unix socket (0600) in a directory of its own (0700) that this user owns. The directory is locked as long as
/// this lives, by this process and not by its children, so a socket that a crashed host left behind can be told from one
/// that is served. Errors: tidegate::Error.
class Socket {
 public:
  /// `directory` empty: that of the host's name in reach::make_own_base().
  Socket(std::string_view host, std::string directory);
  ~Socket();
  Socket(const Socket &) = delete;
  Socket &operator=(const Socket &) = delete;

  int fd() const { return fd_; }
  /// Where clients find it.
  const std::string &path() const { return path_; }

  /// Makes the socket again where something has removed it or its directory: a logout, a cleaner of temporary files. Where
  /// that cannot be, it is made in the next place that make_own_base() has. Returns: whether fd() is another one now.
  bool mend() noexcept;

  /// The process at the other end, when it is this user's or root's.
  static std::optional<Peer> own_peer(int client);

 private:
  void open();
  void lock_directory(const std::string &directory);
  void listen_at(const std::string &path);
  bool is_in_place() const;
  void shut();

  const std::string host_;
  const std::string given_;  // the directory that was asked for, or empty
  reach::ProcessLock lock_;
  int fd_ = -1;
  std::unique_ptr<NotInChild> not_in_child_;
  std::string path_;
  dev_t device_ = 0;  // of the socket that was made
  ino_t inode_ = 0;
  bool remove_directory_ = false;  // it is made for one host only, by us or by one before us
};

}  // namespace tidegate::control

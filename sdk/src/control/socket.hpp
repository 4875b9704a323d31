#pragma once

#include <string>
#include <string_view>

namespace tidegate::control {

/// A listening Unix socket (0600) in a directory of its own (0700) that this user owns. The directory is locked as long as
/// this lives, so a socket that a crashed host left behind can be told from one that is served. Errors: tidegate::Error.
class Socket {
 public:
  /// `directory` empty: that of the host's name in reach::own_base().
  Socket(std::string_view host, std::string directory);
  ~Socket();
  Socket(const Socket &) = delete;
  Socket &operator=(const Socket &) = delete;

  int fd() const { return fd_; }
  const std::string &path() const { return path_; }

  /// True when the process at the other end is this user's or root's.
  static bool is_own(int client);

 private:
  void lock_directory(std::string_view host, const std::string &directory);
  void listen_at();

  int directory_ = -1;
  int fd_ = -1;
  std::string path_;
  bool remove_directory_ = false;  // it is made for one host only, by us or by one before us
};

}  // namespace tidegate::control

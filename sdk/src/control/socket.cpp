#include "control/socket.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>

#include "reach/places.hpp"
#include "tidegate/error.hpp"

namespace tidegate::control {
namespace {

Error system_error(const std::string &tried) {
  return {TG_E_SYSTEM, tried + ": " + std::generic_category().message(errno)};
}

void make_directory(const std::string &path, mode_t mode) {
  if (mkdir(path.c_str(), mode) != 0 && errno != EEXIST) throw system_error("cannot make the directory " + path);
}

/// Throws unless the directory is this user's and, if `mine_alone`, closed to all others.
void check_directory(int fd, const std::string &path, bool mine_alone) {
  struct stat info {};
  if (fstat(fd, &info) != 0) throw system_error("cannot look at " + path);
  if (info.st_uid != geteuid())
    throw Error(TG_E_SYSTEM, "the directory " + path + " belongs to user " + std::to_string(info.st_uid) +
                                 ", not to this process; remove it or give another");
  if (mine_alone && (info.st_mode & 077) != 0)
    throw Error(TG_E_SYSTEM, "the directory " + path + " is open to other users; chmod 700 it or give another");
}

int open_directory(const std::string &path, bool mine_alone) {
  const int fd = open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0) throw system_error("cannot open the directory " + path);
  try {
    check_directory(fd, path, mine_alone);
  } catch (...) {
    close(fd);
    throw;
  }
  return fd;
}

}  // namespace

Socket::Socket(std::string_view host, std::string directory) {
  if (directory.empty()) {
    const std::string base = reach::own_base();
    make_directory(base, geteuid() == 0 ? 0755 : 0700);
    close(open_directory(base, false));
    directory = base + "/" + std::string(host);
    remove_directory_ = true;
  }
  try {
    lock_directory(host, directory);
    path_ = directory + "/" + std::string(reach::kSocketName);
    listen_at();
  } catch (...) {
    close(fd_);
    close(directory_);
    throw;
  }
}

Socket::~Socket() {
  unlink(path_.c_str());
  if (remove_directory_) rmdir(path_.substr(0, path_.rfind('/')).c_str());  // while we hold its lock; fails if it is used
  close(fd_);
  close(directory_);
}

void Socket::lock_directory(std::string_view host, const std::string &directory) {
  // Another host that ends may remove the directory between any two of these steps; then we begin again.
  for (int tries = 0; tries < 10; ++tries) {
    if (mkdir(directory.c_str(), 0700) == 0)
      remove_directory_ = true;
    else if (errno != EEXIST)
      throw system_error("cannot make the directory " + directory);
    directory_ = open_directory(directory, true);
    if (flock(directory_, LOCK_EX | LOCK_NB) != 0)
      throw Error(TG_E_EXISTS, "a host is served at " + directory + " already; stop it, or give \"" + std::string(host) +
                                   "\" another name or directory");
    struct stat info {};
    if (fstat(directory_, &info) == 0 && info.st_nlink != 0) return;
    close(directory_);
    directory_ = -1;
  }
  throw Error(TG_E_SYSTEM, "the directory " + directory + " is removed again and again");
}

void Socket::listen_at() {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path_.size() >= sizeof address.sun_path)
    throw Error(TG_E_INVALID, "the path " + path_ + " is too long for a socket; give a shorter directory");
  std::memcpy(address.sun_path, path_.c_str(), path_.size() + 1);
  // We hold the directory's lock: whatever is there was left behind.
  if (unlink(path_.c_str()) != 0 && errno != ENOENT) throw system_error("cannot remove the old socket " + path_);
  fd_ = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd_ < 0) throw system_error("cannot make a socket");
  // The directory is closed to others, so nobody can connect before the mode is set.
  if (bind(fd_, reinterpret_cast<const sockaddr *>(&address), sizeof address) != 0 || chmod(path_.c_str(), 0600) != 0 ||
      listen(fd_, 512) != 0)
    throw system_error("cannot serve " + path_);
}

bool Socket::is_own(int client) {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (getsockopt(client, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return false;
  return peer.uid == geteuid() || peer.uid == 0;
}

}  // namespace tidegate::control

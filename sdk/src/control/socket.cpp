#include "control/socket.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <stdexcept>
#include <system_error>

#include "os/places.hpp"
#include "os/trust.hpp"
#include "tidegate/error.hpp"

#include "os/descriptor.hpp"

namespace tidegate::control {
namespace {

constexpr const char *kLockName = "control.lock";

Error system_error(const std::string &tried) {
  return {TG_E_SYSTEM, tried + ": " + std::generic_category().message(errno)};
}

std::string folder_of(const std::string &path) { return path.substr(0, path.rfind('/')); }

/// Throws unless the directory belongs to this user. Closes a directory that is open to other users, as Kubernetes makes its volumes at each
/// mount.
void take_directory(const std::string &path) {
  struct stat info {};
  if (lstat(path.c_str(), &info) != 0) throw system_error("cannot look at " + path);
  if (!S_ISDIR(info.st_mode)) throw Error(TG_E_SYSTEM, path + " is no directory; remove it or give another");
  if (info.st_uid != geteuid())
    throw Error(TG_E_SYSTEM, "the directory " + path + " belongs to " + os::user_name(info.st_uid) +
                                 ", not to this process; remove it or give another");
  if ((info.st_mode & 077) != 0 && chmod(path.c_str(), 0700) != 0)
    throw system_error("the directory " + path + " is open to other users, and cannot be closed to them");
}

}  // namespace

Socket::Socket(std::string_view host, std::string directory) : host_(host), given_(std::move(directory)) {
  try {
    open();
  } catch (...) {
    shut();
    throw;
  }
}

Socket::~Socket() {
  if (lock_.held() && lock_.is_in_place()) {
    if (is_in_place()) unlink(path().c_str());
    const std::string directory = folder_of(path());
    unlink((directory + "/" + kLockName).c_str());
    if (remove_directory_) rmdir(directory.c_str());  // fails when the directory has other files
  }
  shut();
}

void Socket::shut() {
  not_in_child_.reset();
  if (fd_ >= 0) close(fd_);
  fd_ = -1;
  lock_.release();
}

void Socket::open() {
  std::string directory = given_;
  if (directory.empty()) {
    try {
      directory = os::make_own_base() + "/" + host_;
    } catch (const std::runtime_error &error) {
      throw Error(TG_E_SYSTEM, error.what());
    }
    remove_directory_ = true;
  }
  lock_directory(directory);
  listen_at(directory + "/" + std::string(os::kSocketName));
}

void Socket::lock_directory(const std::string &directory) {
  // Another host that ends may remove the directory between any two of these steps; then the steps begin again.
  for (int tries = 0; tries < 10; ++tries) {
    if (mkdir(directory.c_str(), 0700) == 0)
      remove_directory_ = true;
    else if (errno != EEXIST)
      throw system_error("cannot make the directory " + directory);
    os::ProcessLock lock;
    try {
      take_directory(directory);
    } catch (const Error &) {
      if (access(directory.c_str(), F_OK) != 0) continue;
      throw;
    }
    if (!lock.take(directory + "/" + kLockName)) {
      if (errno == ENOENT) continue;
      if (errno != EWOULDBLOCK) throw system_error("cannot lock " + directory + "/" + kLockName);
      throw Error(TG_E_EXISTS, "a host is served at " + directory + " already" +
                                   (lock.holder() != 0 ? ", by process " + std::to_string(lock.holder()) : "") +
                                   "; stop it, or give \"" + host_ + "\" another name or directory");
    }
    if (!lock.is_in_place()) continue;
    lock_ = std::move(lock);
    return;
  }
  throw Error(TG_E_SYSTEM, "the directory " + directory + " is removed again and again");
}

void Socket::listen_at(const std::string &path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path)
    throw Error(TG_E_INVALID, "the path " + path + " is too long for a socket; give a shorter directory");
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  // This object holds the directory's lock: a socket at the path was left behind by a host that has ended.
  if (unlink(path.c_str()) != 0 && errno != ENOENT) throw system_error("cannot remove the old socket " + path);
  const int fd = os::off_standard(socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (fd < 0) throw system_error("cannot make a socket");
  auto not_in_child = std::make_unique<NotInChild>(fd);
  struct stat info {};
  // The directory is closed to others, so no client connects before the mode is set.
  if (bind(fd, reinterpret_cast<const sockaddr *>(&address), sizeof address) != 0 || chmod(path.c_str(), 0600) != 0 ||
      listen(fd, 512) != 0 || lstat(path.c_str(), &info) != 0) {
    const Error error = system_error("cannot serve " + path);
    not_in_child.reset();
    close(fd);
    throw error;
  }
  if (fd_ >= 0) {
    not_in_child_.reset();
    close(fd_);
  }
  fd_ = fd;
  not_in_child_ = std::move(not_in_child);
  device_ = info.st_dev;
  inode_ = info.st_ino;
  path_ = path;
}

bool Socket::is_in_place() const {
  struct stat info {};
  return lstat(path().c_str(), &info) == 0 && info.st_dev == device_ && info.st_ino == inode_;
}

bool Socket::mend() noexcept {
  if (is_in_place()) return false;
  try {
    if (lock_.held() && lock_.is_in_place()) {
      take_directory(folder_of(path()));
      listen_at(path());
      return true;
    }
    lock_.release();
    // The folders above the given one may be gone too. A failure here is tried again at the next look.
    if (!given_.empty()) {
      std::error_code ignored;
      std::filesystem::create_directories(std::filesystem::path(given_).parent_path(), ignored);
    }
    open();
    return true;
  } catch (const std::exception &) {
    return false;
  }
}

std::optional<Peer> Socket::own_peer(int client) {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (getsockopt(client, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return std::nullopt;
  if (peer.uid != geteuid() && peer.uid != 0) return std::nullopt;
  return Peer{peer.uid, peer.pid > 0 ? static_cast<std::uint32_t>(peer.pid) : 0};
}

}  // namespace tidegate::control

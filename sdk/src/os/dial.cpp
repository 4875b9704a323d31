#include "os/dial.hpp"

#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <system_error>

namespace tidegate::os {
namespace {

Dialed no(Presence presence, const std::string &why, uid_t user) {
  Dialed out;
  out.presence = presence;
  out.why = why;
  out.user = user;
  return out;
}

/// A crashed process stays a zombie until its parent waits for it, which may be late or never.
bool has_ended(pid_t process) {
  if (process <= 0) return false;  // a process of another PID namespace has no number here: its end is not known
  if (kill(process, 0) != 0 && errno == ESRCH) return true;
  std::ifstream file("/proc/" + std::to_string(process) + "/stat");
  const std::string line{std::istreambuf_iterator<char>(file), {}};
  const std::size_t end = line.rfind(')');
  return end != std::string::npos && end + 2 < line.size() && (line[end + 2] == 'Z' || line[end + 2] == 'X');
}

/// Returns the result for a failed lstat(), socket() or connect(), by errno.
Dialed failed(const std::string &socket, int error, uid_t user) {
  if (error == ECONNREFUSED)
    return no(Presence::dead, "nobody listens at " + socket + ": the host behind it has ended", user);
  if (error == ENOENT || error == ENOTDIR) return no(Presence::dead, "there is no socket at " + socket, user);
  if (error == EACCES || error == EPERM)
    return no(Presence::closed, "you may not control the host behind " + socket + "; run this as its user or as root",
              user);
  return no(Presence::dead, "cannot reach a host at " + socket + ": " + std::generic_category().message(error), user);
}

}  // namespace

Dialed dial(const std::string &socket, const Trusted &trusted) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (socket.size() >= sizeof address.sun_path)
    return no(Presence::dead, "the path " + socket + " is too long for a socket", static_cast<uid_t>(-1));
  std::memcpy(address.sun_path, socket.c_str(), socket.size() + 1);
  uid_t owner = static_cast<uid_t>(-1);
  struct stat info {};
  if (lstat(socket.c_str(), &info) != 0) return failed(socket, errno, owner);
  if (!S_ISSOCK(info.st_mode)) return no(Presence::dead, socket + " is no socket", info.st_uid);
  owner = info.st_uid;
  if (const std::string why = distrust_socket(socket, trusted); !why.empty()) return no(Presence::foreign, why, owner);
  // Not blocking: the queue of a host that was halted may be full of clients.
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return failed(socket, errno, owner);
  if (connect(fd, reinterpret_cast<const sockaddr *>(&address), sizeof address) != 0) {
    const int error = errno;
    close(fd);
    if (error != EAGAIN) return failed(socket, error, owner);
    return no(Presence::live, "the host at " + socket + " takes no more clients: it hangs or has been halted", owner);
  }
  ucred peer{};
  socklen_t size = sizeof peer;
  const bool known = getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0;
  Dialed out;
  out.user = known ? peer.uid : static_cast<uid_t>(-1);
  out.process = known ? peer.pid : 0;
  if (!known || !trusted.has(peer.uid)) {
    close(fd);
    out.presence = Presence::foreign;
    out.why = "the process " + std::to_string(out.process) + " that listens at " + socket + " is of " + user_name(out.user);
    return out;
  }
  if (has_ended(peer.pid)) {
    close(fd);
    out.presence = Presence::dead;
    out.why = "the host behind " + socket + ", process " + std::to_string(peer.pid) +
              ", has ended; a child of it keeps the socket";
    return out;
  }
  out.presence = Presence::live;
  out.fd = fd;
  return out;
}

}  // namespace tidegate::os

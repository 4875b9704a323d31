#include "client.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <system_error>

#include "reach/places.hpp"

namespace {

namespace reach = tidegate::reach;

constexpr int kLookMs = 250;

volatile sig_atomic_t interrupted = 0;

void interrupt(int) { interrupted = 1; }

std::string list(const std::vector<reach::Place> &places) {
  std::string out;
  for (const reach::Place &place : places) out += (out.empty() ? "" : ", ") + place.host;
  return out;
}

std::string searched() {
  std::string out;
  for (const std::string &base : reach::bases()) out += (out.empty() ? "" : " and ") + base;
  return out;
}

}  // namespace

void watch_for_interrupt() {
  struct sigaction action {};
  action.sa_handler = interrupt;  // without SA_RESTART: recv() comes back
  sigaction(SIGINT, &action, nullptr);
}

std::string find_socket(const std::string &path, const std::string &host) {
  if (!path.empty()) return path;
  const char *environment = std::getenv("TIDEGATE_HOST");
  const std::string name = !host.empty() ? host : environment != nullptr ? environment : "";
  const std::vector<reach::Place> places = reach::places();
  if (places.empty())
    throw Stop(kNoHost, "no host is running that you may control (looked in " + searched() +
                            "); start the server, run this as its user, or give --socket PATH");
  if (name.empty()) {
    if (places.size() == 1) return places.front().socket;
    throw Stop(kNoHost, "several hosts are running: " + list(places) + "; say which with --host NAME or TIDEGATE_HOST");
  }
  for (const reach::Place &place : places)
    if (place.host == name) return place.socket;
  throw Stop(kNoHost, "no host is named \"" + name + "\"; running: " + list(places));
}

Client::Client(const std::string &socket) : socket_(socket), fd_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (socket.size() >= sizeof address.sun_path) throw Stop(kNoHost, "the path " + socket + " is too long for a socket");
  std::memcpy(address.sun_path, socket.c_str(), socket.size() + 1);
  // Whatever is asked is answered, or held for less than this; only following events has no end.
  const timeval limit{10, 0};
  setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  if (fd_ >= 0 && connect(fd_, reinterpret_cast<const sockaddr *>(&address), sizeof address) == 0) return;
  const int error = errno;
  close(fd_);
  if (error == ECONNREFUSED)
    throw Stop(kNoHost, "the host behind " + socket + " is not running any more; start the server");
  if (error == EACCES) throw Stop(kNoHost, "you may not control the host behind " + socket + "; run this as its user");
  throw Stop(kNoHost, "cannot reach a host at " + socket + ": " + std::generic_category().message(error));
}

Client::~Client() { close(fd_); }

bool Client::readable() const {
  pollfd watched{fd_, POLLIN, 0};
  return poll(&watched, 1, kLookMs) > 0;
}

std::string Client::ask(const std::string &line, bool without_limit, const std::function<void()> &meanwhile) {
  const std::string out = line + "\n";
  for (std::size_t sent = 0; sent < out.size();) {
    const ssize_t size = send(fd_, out.data() + sent, out.size() - sent, MSG_NOSIGNAL);
    if (size < 0 && errno == EINTR) continue;
    // What the host said before it closed may still be there to read.
    if (size < 0) break;
    sent += static_cast<std::size_t>(size);
  }
  while (true) {
    if (const std::size_t end = in_.find('\n'); end != std::string::npos) {
      std::string answer = in_.substr(0, end);
      in_.erase(0, end + 1);
      return answer;
    }
    if (interrupted != 0) throw Stop(kDetached, "");
    if (meanwhile && !readable()) {
      meanwhile();
      continue;
    }
    std::array<char, 65536> chunk;
    const ssize_t size = recv(fd_, chunk.data(), chunk.size(), 0);
    if (size < 0 && (errno == EINTR || (errno == EAGAIN && without_limit))) continue;
    if (size < 0 && errno == EAGAIN)
      throw Stop(kTimeout, "the host at " + socket_ + " has not answered for 10 s: it hangs or has been halted");
    if (size <= 0) throw Stop(kNoHost, "the host at " + socket_ + " closed the connection: it has ended");
    in_.append(chunk.data(), static_cast<std::size_t>(size));
  }
}

#include "client.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>

namespace {

constexpr int kLookMs = 250;

volatile sig_atomic_t interrupted = 0;

void interrupt(int) { interrupted = 1; }

std::uint64_t now() {
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch()).count());
}

}  // namespace

void watch_for_interrupt() {
  struct sigaction action {};
  action.sa_handler = interrupt;  // without SA_RESTART: poll() comes back
  sigaction(SIGINT, &action, nullptr);
}

Client::~Client() { close(fd_); }

bool Client::ready(short events, std::uint64_t until) const {
  if (interrupted != 0) throw Stop(kDetached, "");
  pollfd watched{fd_, events, 0};
  if (poll(&watched, 1, kLookMs) > 0) return true;
  if (interrupted != 0) throw Stop(kDetached, "");
  if (now() >= until) too_late();
  return false;
}

void Client::too_late() const {
  throw Stop(kTimeout, "the host at " + socket_ + " has not answered for " + std::to_string(patience_ns_ / 1'000'000'000) +
                           " s: it hangs or has been halted");
}

void Client::send_line(const std::string &line, std::uint64_t until) {
  for (std::size_t sent = 0; sent < line.size();) {
    const ssize_t size = send(fd_, line.data() + sent, line.size() - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0 && errno == EAGAIN) {
      ready(POLLOUT, until);
      continue;
    }
    // The host has closed the connection. Its last answer, such as a refusal, may still be there to read.
    if (size < 0) return;
    sent += static_cast<std::size_t>(size);
  }
}

std::string Client::receive_line(std::uint64_t until, const std::function<void()> &meanwhile) {
  std::size_t looked = 0;  // in_ has no line end before this
  while (true) {
    if (const std::size_t end = in_.find('\n', looked); end != std::string::npos) {
      std::string answer = in_.substr(0, end);
      in_.erase(0, end + 1);
      return answer;
    }
    looked = in_.size();
    if (in_.size() > kLongestAnswer)
      throw Stop(kNoHost, "what answers at " + socket_ + " is not a Tidegate host: its answer has no end");
    if (!ready(POLLIN, until)) {
      if (meanwhile) meanwhile();
      continue;
    }
    // The limit also holds while bytes come: an answer must not trickle in for ever.
    if (now() >= until) too_late();
    std::array<char, 65536> chunk;
    const ssize_t size = recv(fd_, chunk.data(), chunk.size(), MSG_DONTWAIT);
    if (size < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (size <= 0)
      throw Stop(kNoHost, in_.empty() ? "the host at " + socket_ + " closed the connection: it has ended"
                                      : "the host at " + socket_ + " closed the connection in the middle of an answer");
    in_.append(chunk.data(), static_cast<std::size_t>(size));
  }
}

std::string Client::ask(const std::string &line, bool without_limit, const std::function<void()> &meanwhile) {
  send_line(line + "\n", now() + patience_ns_);
  return receive_line(without_limit ? UINT64_MAX : now() + patience_ns_, meanwhile);
}

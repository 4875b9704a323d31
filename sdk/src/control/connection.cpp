#include "control/connection.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "control/answer.hpp"

namespace tidegate::control {

Connection::~Connection() { not_in_child_.forget(); }

short Connection::interest() const {
  short events = 0;
  if (!out_.empty()) events |= POLLOUT;
  // While a client waits for an answer, or does not read it, at most about one line of its further requests is read.
  if (!no_more_input_ && in_.size() <= kLongestLine) events |= POLLIN;
  return events;
}

bool Connection::idle() const {
  if (held_) return false;
  if (out_.empty() && in_.empty()) return true;
  const std::uint64_t now = monotonic_now();
  if (!out_.empty()) return now - active_at_ >= kPatienceNs;
  return !has_request() && now - began_at_ >= kPatienceNs;
}

bool Connection::has_request() const {
  return !over_ && out_.empty() && !held_ && (no_more_input_ ? !in_.empty() : in_.find('\n') != std::string::npos);
}

void Connection::readable() {
  std::array<char, 16384> chunk;
  const ssize_t size = recv(fd(), chunk.data(), chunk.size(), 0);
  if (size < 0) {
    if (errno != EAGAIN && errno != EINTR) over_ = true;
    return;
  }
  if (size == 0) no_more_input_ = true;
  active_at_ = monotonic_now();
  if (in_.empty()) began_at_ = active_at_;
  in_.append(chunk.data(), static_cast<std::size_t>(size));
}

void Connection::recheck(std::uint64_t now) {
  if (!held_) return;
  std::optional<std::string> answer = requests_.recheck(*held_, now);
  if (!answer) return;
  held_.reset();
  out_ = std::move(*answer) + "\n";
  flush();
}

void Connection::finish() {
  if (!held_) return;
  if (std::optional<std::string> answer = requests_.recheck(*held_, monotonic_now(), true))
    out_ += std::move(*answer) + "\n";
  held_.reset();
  flush();
}

void Connection::turn_away(tg_result code, const std::string &text) {
  out_ = failure(code, text) + "\n";
  in_.clear();
  no_more_input_ = true;
  flush();
  over_ = true;
}

void Connection::advance() {
  flush();
  if (!over_ && out_.empty() && !held_) {
    const std::optional<std::string> line = next_line();
    if (line && !line->empty()) {
      Held held;
      std::optional<std::string> answer = refusal_of_line(*line);
      if (!answer) answer = requests_.handle(*line, held, peer_);
      if (answer)
        out_ = std::move(*answer) + "\n";
      else
        held_ = held;
      flush();
    }
  }
  // A client that has shut down its side still gets its answers; hung_up() detects a client that is gone.
  if (no_more_input_ && in_.empty() && out_.empty() && !held_) over_ = true;
}

std::optional<std::string> Connection::next_line() {
  std::size_t end = in_.find('\n');
  if (end == std::string::npos && no_more_input_) end = in_.size();  // the last line needs no line end
  if (std::min(end, in_.size()) > kLongestLine) {
    turn_away(TG_E_INVALID, "a request is one line of at most 65,536 bytes");
    return std::nullopt;
  }
  if (end == std::string::npos) return std::nullopt;
  std::string line = in_.substr(0, end);
  in_.erase(0, end + 1);
  began_at_ = monotonic_now();
  if (!line.empty() && line.back() == '\r') line.pop_back();
  return line;
}

void Connection::flush() {
  while (!out_.empty()) {
    const ssize_t size = send(fd(), out_.data(), out_.size(), MSG_NOSIGNAL);
    if (size < 0) {
      if (errno == EINTR) continue;
      if (errno != EAGAIN) over_ = true;
      return;
    }
    out_.erase(0, static_cast<std::size_t>(size));
    active_at_ = monotonic_now();
  }
}

}  // namespace tidegate::control

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "control/not_in_child.hpp"
#include "control/peer.hpp"
#include "control/requests.hpp"
#include "os/descriptor.hpp"

namespace tidegate::control {

/// The connection of one client. Each line from the client is a request, and gets one line as its answer before the next request.
class Connection {
 public:
  static constexpr std::size_t kLongestLine = 64 * 1024;
  static constexpr std::uint64_t kPatienceNs = 10'000'000'000;

  /// Takes over the descriptor.
  Connection(os::Descriptor fd, const Peer &peer, const Requests &requests)
      : fd_(std::move(fd)), not_in_child_(fd_.fd()), peer_(peer), requests_(requests), active_at_(monotonic_now()) {}
  ~Connection();
  Connection(const Connection &) = delete;
  Connection &operator=(const Connection &) = delete;

  int fd() const { return fd_.fd(); }
  /// Returns the events, POLLIN and POLLOUT, for which poll() is to watch.
  short interest() const;
  /// Returns the time limit of the held request, monotonic ns; TG_FOREVER: there is none.
  std::uint64_t deadline() const { return held_ ? held_->deadline : TG_FOREVER; }

  void readable();
  void hung_up() { over_ = true; }
  /// Sends pending output, then carries out one request; the other clients have their turn before the next request.
  void advance();
  /// Returns: whether a whole request has come that can be carried out now.
  bool has_request() const;
  /// Returns: whether the client can be disconnected to make room for another one. One of these is enough:
  /// 1. it waits for no answer and has begun no request;
  /// 2. it has taken nothing of its answers for kPatienceNs;
  /// 3. it began a request kPatienceNs ago and has not sent the rest of it.
  bool idle() const;
  std::uint64_t active_at() const { return active_at_; }
  /// Answers the held request if its job is done, its event has come, or its time limit is over.
  void recheck(std::uint64_t now);
  /// Answers the held request with its present outcome, because the server ends. Bytes that the client does not take at once are lost.
  void finish();
  /// Sends a failure as the last answer; afterwards the connection is over.
  void turn_away(tg_result code, const std::string &text);
  bool over() const { return over_; }

 private:
  void flush();
  std::optional<std::string> next_line();

  const os::Descriptor fd_;
  NotInChild not_in_child_;
  const Peer peer_;
  const Requests &requests_;
  std::uint64_t active_at_;     // monotonic ns: the time of the last byte received or sent
  std::uint64_t began_at_ = 0;  // monotonic ns: the time at which the next request began: its first byte, or the end of the last request
  std::string in_;
  std::string out_;
  std::optional<Held> held_;
  bool no_more_input_ = false;
  bool over_ = false;
};

}  // namespace tidegate::control

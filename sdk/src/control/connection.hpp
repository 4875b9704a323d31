#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "control/not_in_child.hpp"
#include "control/peer.hpp"
#include "control/requests.hpp"
#include "reach/descriptor.hpp"

namespace tidegate::control {

/// One client: lines in, answers out, one after the other.
class Connection {
 public:
  static constexpr std::size_t kLongestLine = 64 * 1024;
  static constexpr std::uint64_t kPatienceNs = 10'000'000'000;

  /// Takes over the descriptor.
  Connection(reach::Descriptor fd, const Peer &peer, const Requests &requests)
      : fd_(std::move(fd)), not_in_child_(fd_.fd()), peer_(peer), requests_(requests), active_at_(monotonic_now()) {}
  ~Connection();
  Connection(const Connection &) = delete;
  Connection &operator=(const Connection &) = delete;

  int fd() const { return fd_.fd(); }
  /// What poll() should watch for.
  short interest() const;
  /// When a held request must be answered at the latest, monotonic ns; TG_FOREVER: none.
  std::uint64_t deadline() const { return held_ ? held_->deadline : TG_FOREVER; }

  void readable();
  void hung_up() { over_ = true; }
  /// Sends pending output, then carries out one request; the other clients have their turn before the next request.
  void advance();
  /// A whole request has come that can be carried out now.
  bool has_request() const;
  /// Whether the client can be let go when there is no room for others:
  /// 1. it waits for no answer and has begun no request;
  /// 2. it has taken nothing of its answers for kPatienceNs;
  /// 3. it began a request kPatienceNs ago and has not ended that.
  bool idle() const;
  std::uint64_t active_at() const { return active_at_; }
  /// Something may have happened that a held request waits for.
  void recheck(std::uint64_t now);
  /// Answers a held request with its present outcome, as the host ends, as far as the client reads at once.
  void finish();
  /// Sends a last answer.
  void turn_away(tg_result code, const std::string &text);
  bool over() const { return over_; }

 private:
  void flush();
  std::optional<std::string> next_line();

  const reach::Descriptor fd_;
  NotInChild not_in_child_;
  const Peer peer_;
  const Requests &requests_;
  std::uint64_t active_at_;     // monotonic ns: when bytes last came or went
  std::uint64_t began_at_ = 0;  // monotonic ns: when the first byte in in_ came, or the line before it was taken
  std::string in_;
  std::string out_;
  std::optional<Held> held_;
  bool no_more_input_ = false;
  bool over_ = false;
};

}  // namespace tidegate::control

#pragma once

#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>

#include "exit_code.hpp"

/// Ends the command with a sentence and an exit code. `number`: a result (TG_E_*), or 0. `word`: the label of a result from the host.
class Stop : public std::runtime_error {
 public:
  Stop(ExitCode code, const std::string &sentence, int number = 0, const std::string &word = {})
      : std::runtime_error(sentence), code_(code), number_(number), word_(word) {}
  ExitCode code() const { return code_; }
  int number() const { return number_; }
  const std::string &word() const { return word_; }

 private:
  ExitCode code_;
  int number_;
  std::string word_;
};

/// A connection to a host: one line out, one line back. Throws Stop when the connection ends, or the line is not an answer of a host.
class Client {
 public:
  static constexpr std::uint64_t kPatienceNs = 10'000'000'000;  // the usual time limit of an answer
  static constexpr std::size_t kLongestAnswer = std::size_t{64} << 20;

  /// Takes over the connection.
  Client(int fd, const std::string &socket, std::uint64_t patience_ns = kPatienceNs)
      : socket_(socket), fd_(fd), patience_ns_(patience_ns) {}
  ~Client();
  Client(const Client &) = delete;
  Client &operator=(const Client &) = delete;

  const std::string &socket() const { return socket_; }

  /// Sends a request and waits for the whole answer, which it returns. Throws Stop with kDetached after Ctrl-C, if that is watched, and
  /// with kTimeout when the host has not taken the request, or not answered, within the time limit. `without_limit`: the answer has none.
  /// `meanwhile`: called a few times a second while no answer comes.
  std::string ask(const std::string &line, bool without_limit = false, const std::function<void()> &meanwhile = {});

 private:
  void send_line(const std::string &line, std::uint64_t until);
  std::string receive_line(std::uint64_t until, const std::function<void()> &meanwhile);
  /// Waits for one of `events`, for 250 ms at most. Returns: whether one came. Throws Stop after Ctrl-C, or when `until` has passed.
  bool ready(short events, std::uint64_t until) const;
  [[noreturn]] void too_late() const;

  std::string socket_;
  int fd_;
  std::uint64_t patience_ns_;
  std::string in_;
};

/// From this call on Ctrl-C ends the wait of a Client with Stop, instead of the process.
void watch_for_interrupt();

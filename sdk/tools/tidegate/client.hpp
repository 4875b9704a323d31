#pragma once

#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>

#include "exit_code.hpp"

/// Ends the command with a sentence and an exit code. `number` is a result (TG_E_*) or 0; `word` its label when the host
/// said it.
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
  static constexpr std::uint64_t kPatienceNs = 10'000'000'000;  // for an answer
  static constexpr std::size_t kLongestAnswer = std::size_t{64} << 20;

  /// Takes over the connection.
  Client(int fd, const std::string &socket, std::uint64_t patience_ns = kPatienceNs)
      : socket_(socket), fd_(fd), patience_ns_(patience_ns) {}
  ~Client();
  Client(const Client &) = delete;
  Client &operator=(const Client &) = delete;

  const std::string &socket() const { return socket_; }

  /// Sends a request. Returns: its answer. Throws Stop with kDetached when Ctrl-C comes while it waits, with kTimeout when
  /// none has come whole for 10 s; `without_limit`: it may take as long as it likes.
  /// `meanwhile` is called a few times a second until then.
  std::string ask(const std::string &line, bool without_limit = false, const std::function<void()> &meanwhile = {});

 private:
  void send_line(const std::string &line, std::uint64_t until);
  std::string receive_line(std::uint64_t until, const std::function<void()> &meanwhile);
  /// Waits for a moment; throws when that is after `until`.
  bool ready(short events, std::uint64_t until) const;
  [[noreturn]] void too_late() const;

  std::string socket_;
  int fd_;
  std::uint64_t patience_ns_;
  std::string in_;
};

/// From now on Ctrl-C ends a wait instead of the process.
void watch_for_interrupt();

#pragma once

#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>

#include "exit_code.hpp"

/// Ends the command with a sentence and an exit code.
class Stop : public std::runtime_error {
 public:
  Stop(ExitCode code, const std::string &sentence) : std::runtime_error(sentence), code_(code) {}
  ExitCode code() const { return code_; }

 private:
  ExitCode code_;
};

/// The socket of the host that is meant: by path, by name, by TIDEGATE_HOST, or because there is only one. Throws Stop.
std::string find_socket(const std::string &path, const std::string &host);

/// A connection to a host: one line out, one line back. Throws Stop when there is none or it ends.
class Client {
 public:
  explicit Client(const std::string &socket);
  ~Client();
  Client(const Client &) = delete;
  Client &operator=(const Client &) = delete;

  /// Sends a request. Returns: its answer. Throws Stop with kDetached when Ctrl-C comes while it waits, with kTimeout when
  /// none comes for 10 s; `without_limit`: it may take as long as it likes.
  /// `meanwhile` is called a few times a second until then.
  std::string ask(const std::string &line, bool without_limit = false, const std::function<void()> &meanwhile = {});

 private:
  /// Whether something has come within a quarter of a second.
  bool readable() const;

  std::string socket_;
  int fd_;
  std::string in_;
};

/// From now on Ctrl-C ends a wait instead of the process.
void watch_for_interrupt();

#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <utility>

#include "client.hpp"
#include "commands.hpp"

using Json = nlohmann::ordered_json;

/// A conversation with a host in JSON.
class Conversation {
 public:
  /// Connects to the host that the arguments select. Throws Stop.
  explicit Conversation(const Arguments &arguments);
  /// Takes over a connection.
  Conversation(int fd, const std::string &socket, std::uint64_t patience_ns) : client_(fd, socket, patience_ns) {}

  /// Returns the answer, also a refusal. With `meanwhile` there is no time limit, and it is called a few times a second until the answer
  /// comes.
  Json ask(const Json &request, const std::function<void()> &meanwhile = {});
  /// Returns the answer. Throws Stop with the host's sentence for a refusal.
  Json need(const Json &request);
  /// Asks without a time limit; `meanwhile` is called a few times a second until the answer comes.
  Json need_slowly(const Json &request, const std::function<void()> &meanwhile);
  /// Throws Stop with the sentence of a refusal, followed by `more`.
  [[noreturn]] static void refuse(const Json &answer, const std::string &more = {});

  const std::string &socket() const { return client_.socket(); }

 private:
  explicit Conversation(const std::pair<int, std::string> &found) : client_(found.first, found.second) {}

  Client client_;
};

// Return the value of a key: a text without control characters, or a number; empty or 0 when the key is missing.
std::string text(const Json &json, const char *key);
std::uint64_t number(const Json &json, const char *key);
/// Returns the number of sessions, children and entries inside.
std::uint64_t live(const Json &service);

/// Prints a line and flushes the output, so that a reader of a pipe gets it at once.
void print(const std::string &line);
/// Prints an object as one line. Bytes that are no UTF-8, as names of files and words of the command line may have, are replaced.
void print_json(const Json &json);

/// "Concurrent Calls=12"
std::string activity(const Json &service);
/// "RTCMEDSRV Paused (draining), Concurrent Calls=12"
std::string line_about(const Json &service);
/// Returns the server's description of a session, or "tag 12" without one.
std::string about_session(const Json &session);
/// Returns the noun for the sessions of the service, such as "calls".
std::string noun_of(const Json &service);
/// Returns a number of sessions with that noun, such as "1 call".
std::string counted(const Json &service, std::uint64_t count);
/// Returns a time of the wall clock, ns since 1970, as "18:52", or on another day as "2026-11-28 06:00".
std::string clock_time(std::uint64_t unix_ns);
/// "op1 until 18:52 (line test)"; the hold of `me` is "you until resumed".
std::string line_about_hold(const Json &hold, const std::string &me = {});
/// "until 18:52", "until resumed", "until it stops"
std::string lasts(const Json &hold);

using Clock = std::chrono::steady_clock;

/// Returns the time since `then`, ns.
std::uint64_t since(Clock::time_point then);

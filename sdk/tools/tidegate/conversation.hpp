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
  /// The host that is meant.
  explicit Conversation(const Arguments &arguments);
  /// Takes over a connection.
  Conversation(int fd, const std::string &socket, std::uint64_t patience_ns) : client_(fd, socket, patience_ns) {}

  /// Returns the answer, also a refusal.
  Json ask(const Json &request, const std::function<void()> &meanwhile = {});
  /// The answer, or a Stop with the host's sentence when it says no.
  Json need(const Json &request);
  /// Asks without a time limit; `meanwhile` is called a few times a second until the answer comes.
  Json need_slowly(const Json &request, const std::function<void()> &meanwhile);
  /// Throws Stop with the sentence of an answer that says no, and `more`.
  [[noreturn]] static void refuse(const Json &answer, const std::string &more = {});

  const std::string &socket() const { return client_.socket(); }

 private:
  explicit Conversation(const std::pair<int, std::string> &found) : client_(found.first, found.second) {}

  Client client_;
};

// What an answer has under a key; empty or 0 when it has not.
std::string text(const Json &json, const char *key);
std::uint64_t number(const Json &json, const char *key);
std::uint64_t live(const Json &service);

/// Prints a line at once, for a reader that follows.
void print(const std::string &line);
/// Prints an object as one line. Bytes that are no UTF-8, as names of files and words of the command line may have, are replaced.
void print_json(const Json &json);

/// "Concurrent Calls=12"
std::string activity(const Json &service);
/// "RTCMEDSRV Paused (draining), Concurrent Calls=12"
std::string line_about(const Json &service);
/// What a session is, in its host's words, else "tag 12".
std::string about_session(const Json &session);
/// What sessions of the service are called, such as "calls"; so many of them: "1 call".
std::string noun_of(const Json &service);
std::string counted(const Json &service, std::uint64_t count);
/// A moment of the wall clock, ns since 1970: "18:52", on another day "2026-11-28 06:00".
std::string clock_time(std::uint64_t unix_ns);
/// "op1 until 18:52 (line test)"; the hold of `me` is "you until resumed".
std::string line_about_hold(const Json &hold, const std::string &me = {});
/// "until 18:52", "until resumed", "until it stops"
std::string lasts(const Json &hold);

using Clock = std::chrono::steady_clock;

/// How long ago that was, ns.
std::uint64_t since(Clock::time_point then);

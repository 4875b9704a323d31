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

/// A host and what it answers, as JSON.
class Conversation {
 public:
  /// The host that is meant.
  explicit Conversation(const Arguments &arguments);
  /// Takes over a connection.
  Conversation(int fd, const std::string &socket, std::uint64_t patience_ns) : client_(fd, socket, patience_ns) {}

  /// The answer as it came, also one that says no.
  Json ask(const Json &request, const std::function<void()> &meanwhile = {});
  /// The answer, or a Stop with the host's sentence when it says no.
  Json need(const Json &request);
  /// The same for what may take as long as it likes; `meanwhile` is called a few times a second until then.
  Json need_slowly(const Json &request, const std::function<void()> &meanwhile);
  [[noreturn]] static void refuse(const Json &answer);

  const std::string &socket() const { return client_.socket(); }

 private:
  explicit Conversation(std::pair<int, std::string> found) : client_(found.first, found.second) {}

  Client client_;
};

// What an answer has under a key; empty or 0 when it has not.
std::string text(const Json &json, const char *key);
std::uint64_t number(const Json &json, const char *key);
std::uint64_t live(const Json &service);

/// Prints a line at once: whoever reads along wants each when it comes.
void print(const std::string &line);

/// "Concurrent Calls=12"
std::string activity(const Json &service);
/// "RTCMEDSRV Paused (draining), Concurrent Calls=12"
std::string line_about(const Json &service);
/// What a session is, in its host's words, else "tag 12".
std::string about_session(const Json &session);
/// "alice (tidegate), until resumed: patch day"
std::string line_about_hold(const Json &hold);

using Clock = std::chrono::steady_clock;

/// How long ago that was, ns.
std::uint64_t since(Clock::time_point then);

/// Waits until a service is drained, stopped or running, and shows how far it is. --timeout counts from `began` on, for all
/// that one command waits for together. Returns: the service then.
Json wait_until(Conversation &host, const Arguments &arguments, const std::string &service, const std::string &until,
                const Json &after, Clock::time_point began);

#include "conversation.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <nlohmann/json.hpp>

#include "find_host.hpp"
#include "table.hpp"
#include "tidegate/result.h"

std::string text(const Json &json, const char *key) { return printable(json.value(key, std::string())); }

std::uint64_t number(const Json &json, const char *key) { return json.value(key, std::uint64_t{0}); }

std::uint64_t live(const Json &service) {
  return number(service, "sessions") + number(service, "children") + number(service, "entries");
}

std::uint64_t since(Clock::time_point then) {
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now() - then).count());
}

void print(const std::string &line) {
  fmt::print("{}\n", line);
  std::fflush(stdout);
}

std::string activity(const Json &service) {
  return fmt::format("{}={}", text(service, "activity"), number(service, "sessions"));
}

std::string line_about(const Json &service) {
  const std::string phase = text(service, "phase");
  return fmt::format("{} {}{}, {}", text(service, "name"), text(service, "status"),
                     phase == "none" ? "" : " (" + phase + ")", activity(service));
}

std::string about_session(const Json &session) {
  const std::string said = text(session, "text");
  return said.empty() ? fmt::format("tag {}", number(session, "tag")) : said;
}

std::string line_about_hold(const Json &hold) {
  const std::string reason = text(hold, "reason");
  const std::string actor = text(hold, "actor");
  return fmt::format("{}, {}{}", actor.empty() ? "nobody in particular" : actor, text(hold, "lasts"),
                     reason.empty() ? "" : ": " + reason);
}

namespace {

/// Whether the host does something for it that may be done later too, when nobody waits for the answer any more.
bool changes_something(const Json &request) {
  for (const char *reading : {"services", "wait", "events", "sessions", "blockers", "plugins", "metrics"})
    if (request["verb"] == reading) return false;
  return true;
}

std::pair<int, std::string> found(const Arguments &arguments) {
  std::string socket;
  const int fd = find_host(arguments, socket);
  return {fd, socket};
}

}  // namespace

Conversation::Conversation(const Arguments &arguments) : Conversation(found(arguments)) {}

Json Conversation::ask(const Json &request, const std::function<void()> &meanwhile) {
  // Only following events is held for as long as nothing happens, and what plugins do takes what it takes.
  const bool without_limit = request.value("wait", false) || meanwhile;
  const std::string line = request.dump(-1, ' ', false, Json::error_handler_t::replace);
  std::string answer;
  try {
    answer = client_.ask(line, without_limit, meanwhile);
  } catch (const Stop &stop) {
    if (stop.code() != kTimeout || !changes_something(request)) throw;
    throw Stop(kTimeout, std::string(stop.what()) + "; what was asked may still be carried out when it goes on");
  }
  Json json = Json::parse(answer, nullptr, false);
  if (!json.is_object() || !json.contains("ok") || !json["ok"].is_boolean())
    throw Stop(kNoHost, "what answers at " + socket() + " is not a Tidegate host");
  return json;
}

Json Conversation::need(const Json &request) { return need_slowly(request, {}); }

Json Conversation::need_slowly(const Json &request, const std::function<void()> &meanwhile) {
  Json answer = ask(request, meanwhile);
  if (!answer.value("ok", false)) refuse(answer);
  return answer;
}

void Conversation::refuse(const Json &answer) {
  const Json &error = answer.at("error");
  const int code = error.at("number").get<int>();
  const ExitCode exit = code == TG_E_TIMEOUT ? kTimeout
                        : code == TG_E_ENDED ? kEnded
                        : code == TG_E_HELD  ? kHeld
                                             : kRefused;
  throw Stop(exit, text(error, "text"), code);
}

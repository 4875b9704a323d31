#include "conversation.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <nlohmann/json.hpp>

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

Conversation::Conversation(const Arguments &arguments) : client_(find_socket(arguments.socket, arguments.host)) {}

Json Conversation::ask(const Json &request, const std::function<void()> &meanwhile) {
  // Only following events is held for as long as nothing happens, and what plugins do takes what it takes.
  const bool without_limit = request.value("wait", false) || meanwhile;
  const std::string line = request.dump(-1, ' ', false, Json::error_handler_t::replace);
  const std::string answer = client_.ask(line, without_limit, meanwhile);
  Json json = Json::parse(answer, nullptr, false);
  if (!json.is_object()) throw Stop(kNoHost, "what answered is not a Tidegate host");
  return json;
}

Json Conversation::need(const Json &request) { return need_slowly(request, {}); }

Json Conversation::need_slowly(const Json &request, const std::function<void()> &meanwhile) {
  Json answer = ask(request, meanwhile);
  if (!answer.value("ok", false)) refuse(answer);
  return answer;
}

void Conversation::refuse(const Json &answer) {
  const Json error = answer.value("error", Json::object());
  const int code = error.value("number", -1);
  const ExitCode exit = code == TG_E_TIMEOUT ? kTimeout
                        : code == TG_E_ENDED ? kEnded
                        : code == TG_E_HELD  ? kHeld
                                             : kRefused;
  throw Stop(exit, text(error, "text"));
}

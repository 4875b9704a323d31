#include "conversation.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <ctime>
#include <nlohmann/json.hpp>

#include "border/plain_text.hpp"
#include "find_host.hpp"
#include "table.hpp"
#include "tidegate/vocabulary/result.h"

std::string text(const Json &json, const char *key) { return tidegate::sdk::show_text(json.value(key, std::string())); }

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

void print_json(const Json &json) {
  print(tidegate::sdk::show_json(json.dump(-1, ' ', false, Json::error_handler_t::replace)));
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

std::string noun_of(const Json &service) {
  const std::string activity = text(service, "activity");
  std::string noun = activity.substr(activity.rfind(' ') + 1);
  for (char &c : noun)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return noun.empty() ? "sessions" : noun;
}

std::string counted(const Json &service, std::uint64_t count) {
  std::string noun = noun_of(service);
  if (count == 1 && noun.size() > 1 && noun.back() == 's') noun.pop_back();
  return fmt::format("{} {}", count, noun);
}

std::string clock_time(std::uint64_t unix_ns) {
  const auto then = static_cast<std::time_t>(unix_ns / 1'000'000'000);
  const std::time_t now = std::time(nullptr);
  std::tm at{}, today{};
  localtime_r(&then, &at);
  localtime_r(&now, &today);
  const bool same_day = at.tm_year == today.tm_year && at.tm_yday == today.tm_yday;
  char out[32];
  std::strftime(out, sizeof out, same_day ? "%H:%M" : "%Y-%m-%d %H:%M", &at);
  return out;
}

std::string lasts(const Json &hold) {
  if (!hold.at("expires_unix_ns").is_null()) return "until " + clock_time(number(hold, "expires_unix_ns"));
  return text(hold, "lasts") == "until-restart" ? "until it stops" : "until resumed";
}

std::string line_about_hold(const Json &hold, const std::string &me) {
  const std::string reason = text(hold, "reason"), actor = text(hold, "actor");
  const std::string who = actor.empty() ? "somebody who gave no name" : hold.at("actor") == me ? "you" : actor;
  return fmt::format("{} {}{}", who, lasts(hold), reason.empty() ? "" : " (" + reason + ")");
}

namespace {

/// Returns: whether the host may carry out the request later too, after the command has stopped waiting.
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
  // There is no time limit for a request that follows events, and for a request that shows its progress with `meanwhile`.
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

void Conversation::refuse(const Json &answer, const std::string &more) {
  const Json &error = answer.at("error");
  const int code = error.at("number").get<int>();
  const ExitCode exit = code == TG_E_TIMEOUT ? kTimeout
                        : code == TG_E_ENDED ? kEnded
                        : code == TG_E_HELD  ? kHeld
                                             : kRefused;
  throw Stop(exit, text(error, "text") + more, code, text(error, "code"));
}

#include "waiting.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>

#include "duration.hpp"
#include "progress.hpp"

namespace {

/// Returns the word for a shell: unchanged, or in quotes if it needs them.
std::string quoted(const std::string &word) {
  const auto plain = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
           std::string_view("._-/:@=+,").find(c) != std::string_view::npos;
  };
  if (!word.empty() && std::ranges::all_of(word, plain)) return word;
  std::string out = "'";
  for (const char c : word) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

}  // namespace

std::string command_line(const Arguments &arguments, const std::vector<std::string> &words) {
  std::string out = "tidegate";
  const auto add = [&](const char *option, const std::string &value) {
    if (!value.empty()) out += " " + std::string(option) + " " + quoted(value);
  };
  add("--host", arguments.host);
  add("--socket", arguments.socket);
  add("--user", arguments.user);
  for (const std::string &word : words) out += " " + quoted(word);
  return out;
}

std::string wait_command(const Arguments &arguments, const std::vector<std::string> &services, const std::string &until) {
  std::vector<std::string> words{"wait"};
  words.insert(words.end(), services.begin(), services.end());
  words.insert(words.end(), {"--until", until});
  return command_line(arguments, words);
}

Json ask_and_wait(Conversation &host, const Arguments &arguments, Json request, const std::vector<std::string> &services,
                  const std::string &until, Clock::time_point began) {
  watch_for_interrupt();
  if (arguments.timeout_ns != 0)
    request["timeout_ns"] = arguments.timeout_ns - std::min(since(began), arguments.timeout_ns);
  Progress progress(arguments, host.socket(), services);
  try {
    return host.ask(request, [&] { progress.show(); });
  } catch (const Stop &stop) {
    progress.clear();
    if (stop.code() != kDetached) throw;
    throw Stop(kDetached,
               "detached; what was asked for goes on. To wait again: " + wait_command(arguments, services, until));
  }
}

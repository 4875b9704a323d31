#include "usage.hpp"

#include <CLI/CLI.hpp>
#include <charconv>

#include "nearest.hpp"

namespace {

/// Returns the innermost command on the command line; `app` when there is none.
CLI::App &innermost(CLI::App &app) {
  const auto below = app.get_subcommands();
  return below.empty() ? app : innermost(*below.front());
}

std::string help_of(const CLI::App &app, const CLI::App &whole) {
  if (&app == &whole) return "`tidegate --help` lists the commands";
  const bool nested = app.get_parent() != &whole;
  return "`tidegate " + (nested ? app.get_parent()->get_name() + " " : "") + app.get_name() +
         " --help` says how it is used";
}

std::vector<std::string> commands_of(const CLI::App &app) {
  std::vector<std::string> out;
  for (const CLI::App *command : app.get_subcommands(nullptr)) out.push_back(command->get_name());
  return out;
}

std::vector<std::string> options_of(const CLI::App &app, const CLI::App &whole) {
  std::vector<std::string> out;
  for (const CLI::App *each : {&app, &whole})
    for (const CLI::Option *option : each->get_options())
      for (const std::string &name : option->get_lnames()) out.push_back("--" + name);
  return out;
}

std::string meant(const std::string &typed, const std::vector<std::string> &words) {
  const std::string word = nearest(typed, words);
  return word.empty() ? "" : "; did you mean " + word + "?";
}

std::string about_extra(CLI::App &command, CLI::App &app) {
  for (const std::string &word : app.remaining(true)) {
    if (word.size() > 1 && word[0] == '-') {
      const std::string option = word.substr(0, word.find('='));
      const std::string guess = meant(option, options_of(command, app));
      return "no option is named \"" + option + "\"" + (guess.empty() ? "; " + help_of(command, app) : guess);
    }
    const std::vector<std::string> commands = commands_of(command);
    if (commands.empty()) return "\"" + word + "\" is one word too many; " + help_of(command, app);
    const std::string guess = meant(word, commands);
    return "no command is named \"" + word + "\"" + (guess.empty() ? "; " + help_of(app, app) : guess);
  }
  return "there are words too many; " + help_of(command, app);
}

/// Returns the part of a parser's text before `mark`: the name of an option.
std::string before(const std::string &text, const std::string &mark) { return text.substr(0, text.find(mark)); }

}  // namespace

std::string sentence_about(const CLI::ParseError &error, CLI::App &app) {
  CLI::App &command = innermost(app);
  std::string said = error.what();
  // A word that is left over explains more than the missing command or option does.
  if (dynamic_cast<const CLI::ExtrasError *>(&error) != nullptr ||
      (dynamic_cast<const CLI::RequiredError *>(&error) != nullptr && !app.remaining(true).empty()))
    return about_extra(command, app);
  if (dynamic_cast<const CLI::RequiredError *>(&error) != nullptr) {
    if (&command == &app) return "which command? " + help_of(app, app);
    return before(said, " is required") + " is missing; " + help_of(command, app);
  }
  if (dynamic_cast<const CLI::ExcludesError *>(&error) != nullptr)
    return before(said, " excludes ") + " does not go with " + said.substr(said.find(" excludes ") + 10) +
           "; leave one of them out";
  if (dynamic_cast<const CLI::ConversionError *>(&error) != nullptr) {
    const std::size_t colon = said.find(": ");
    const std::string pair = colon == std::string::npos ? said : said.substr(colon + 2);
    return "\"" + (pair.find(" = ") == std::string::npos ? pair : pair.substr(pair.find(" = ") + 3)) +
           "\" is no value for " + before(pair, " = ") + "; give a whole number";
  }
  if (dynamic_cast<const CLI::ArgumentMismatch *>(&error) != nullptr)
    return before(said, ":") + " is given without a value, or too often; " + help_of(command, app);
  // The texts of validators and of check_whole() are Tidegate's own.
  if (dynamic_cast<const CLI::ValidationError *>(&error) != nullptr) return said;
  return "the command line is not right; " + help_of(command, app);
}

CLI::Validator one_of(const std::vector<std::string> &words) {
  return {[words](std::string &text) -> std::string {
            std::string all;
            for (const std::string &word : words) {
              if (word == text) return {};
              all += (all.empty() ? "" : ", ") + word;
            }
            return "\"" + text + "\" is none of " + all + meant(text, words);
          },
          "WORD"};
}

CLI::Validator whole_number(std::uint64_t least, std::uint64_t most) {
  return {[least, most](std::string &text) -> std::string {
            std::uint64_t value = 0;
            const char *end = text.data() + text.size();
            const auto [rest, error] = std::from_chars(text.data(), end, value);
            if (error == std::errc() && rest == end && value >= least && value <= most) return {};
            return "\"" + text + "\" is no whole number from " + std::to_string(least) + " to " + std::to_string(most);
          },
          "NUMBER"};
}

CLI::Validator not_empty() {
  return {[](std::string &text) -> std::string {
            return text.empty() ? "it is empty; give a value, or leave the option out" : std::string();
          },
          ""};
}

CLI::Validator boot_id() {
  return {[](std::string &text) -> std::string {
            if (text.size() == 16 && text.find_first_not_of("0123456789abcdef") == std::string::npos) return {};
            return "\"" + text + "\" is no boot_id, which has 16 digits of 0-9 and a-f, as `tidegate events --json` shows it";
          },
          "BOOT"};
}

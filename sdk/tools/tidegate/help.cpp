#include "help.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdlib>
#include <sstream>

namespace {

constexpr std::size_t kNames = 30;  // columns for the names of options and commands

/// Returns the columns of standard output. If it is no terminal, but a pager for instance: those of $COLUMNS, else 80.
std::size_t width() {
  winsize size{};
  const char *columns = std::getenv("COLUMNS");
  const int given = columns != nullptr ? std::atoi(columns) : 0;
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col != 0) return std::max<std::size_t>(size.ws_col, 40);
  return given >= 40 ? static_cast<std::size_t>(given) : 80;
}

/// Returns the text broken into lines between words; all lines but the first are indented.
std::string wrapped(const std::string &text, std::size_t first_column, std::size_t indent) {
  std::string out;
  std::size_t column = first_column;
  std::istringstream words(text);
  for (std::string word; words >> word;) {
    if (column != first_column && column + 1 + word.size() > width() - 1) {
      out += "\n" + std::string(indent, ' ');
      column = indent;
    } else if (!out.empty()) {
      out += ' ';
      ++column;
    }
    out += word;
    column += word.size();
  }
  return out;
}

/// Returns a name and its meaning in two columns.
std::string row(const std::string &name, const std::string &meaning) {
  std::string out = "  " + name;
  if (out.size() + 1 > kNames)
    out += "\n" + std::string(kNames, ' ');
  else
    out.append(kNames - out.size(), ' ');
  return out + wrapped(meaning, kNames, kNames) + "\n";
}

class Help : public CLI::Formatter {
 public:
  Help();
  /// " TIME (not with --no-wait)"
  std::string make_option_opts(const CLI::Option *option) const override;
  std::string make_option(const CLI::Option *option, bool is_positional) const override;
  std::string make_subcommand(const CLI::App *command) const override;
  std::string make_description(const CLI::App *app) const override;
};

Help::Help() { column_width(kNames); }

std::string Help::make_option_opts(const CLI::Option *option) const {
  std::string out;
  if (option->get_type_size() != 0) {
    // Of a type such as "TEXT:TIME" only the last part, from the validator, helps a person.
    const std::string type = option->get_type_name();
    if (const std::size_t colon = type.rfind(':'); !type.empty())
      out += " " + (colon == std::string::npos ? type : type.substr(colon + 1));
    if (option->get_expected_max() == CLI::detail::expected_max_vector_size) out += " ...";
    if (option->get_required()) out += " (needed)";
  }
  for (const CLI::Option *other : option->get_excludes()) out += " (not with " + other->get_name() + ")";
  return out;
}

std::string Help::make_option(const CLI::Option *option, bool is_positional) const {
  return row(make_option_name(option, is_positional) + make_option_opts(option), make_option_desc(option));
}

std::string Help::make_subcommand(const CLI::App *command) const {
  return row(command->get_name(), command->get_description());
}

std::string Help::make_description(const CLI::App *app) const { return wrapped(app->get_description(), 0, 0) + "\n"; }

}  // namespace

std::shared_ptr<CLI::FormatterBase> make_help() { return std::make_shared<Help>(); }

#pragma once

#include <CLI/CLI.hpp>

/// The help, wrapped between words to the terminal's width, with options as a person writes them.
class Help : public CLI::Formatter {
 public:
  Help();
  /// " TIME (not with --no-wait)"
  std::string make_option_opts(const CLI::Option *option) const override;
  std::string make_option(const CLI::Option *option, bool is_positional) const override;
  std::string make_subcommand(const CLI::App *command) const override;
  std::string make_description(const CLI::App *app) const override;
};

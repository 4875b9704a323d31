#pragma once

#include <CLI/CLI.hpp>
#include <set>
#include <string>

/// What is wrong with a command line, in our own words: says what was meant, or where to look it up.
std::string sentence_about(const CLI::ParseError &error, CLI::App &app);

/// One of these words; another is refused with a sentence that has them all.
CLI::Validator one_of(const std::vector<std::string> &words);

/// A whole number within these bounds.
CLI::Validator whole_number(std::uint64_t least, std::uint64_t most);

#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace CLI {
class App;
class ParseError;
class Validator;
}  // namespace CLI

/// Returns a sentence about a wrong command line: the word that was probably meant, or the help to read.
std::string sentence_about(const CLI::ParseError &error, CLI::App &app);

// The validators. Each refuses other texts with a sentence.

/// One of these words; the sentence lists them.
CLI::Validator one_of(const std::vector<std::string> &words);

/// A text that is not empty. An empty one often comes from an unset variable of a script, and would act as if the option were missing.
CLI::Validator not_empty();

/// The 16 hexadecimal digits of a boot_id.
CLI::Validator boot_id();

/// A whole number within these bounds.
CLI::Validator whole_number(std::uint64_t least, std::uint64_t most);

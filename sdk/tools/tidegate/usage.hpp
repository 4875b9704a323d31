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

/// One of these words; another is refused with a sentence that has them all.
CLI::Validator one_of(const std::vector<std::string> &words);

/// A text that says something: an empty one, often of a variable that is not set in a script, would act as if the option were missing.
CLI::Validator not_empty();

/// The 16 hexadecimal digits of a boot_id.
CLI::Validator boot_id();

/// A whole number within these bounds.
CLI::Validator whole_number(std::uint64_t least, std::uint64_t most);

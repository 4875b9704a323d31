#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace tidegate::sdk {

/// The error for a pattern that is invalid or cannot be matched in bounded time; the sentence goes on after "the pattern …".
class NotAPattern : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A regular expression of JSON Schema: the syntax of ECMAScript without backreferences, and with lookaheads only at the start behind a ^.
/// A match takes time in proportion to the length of the text times the number of steps, for every text and pattern, and no recursion: as
/// in Thompson's algorithm, all possible places in the pattern advance together, character by character.
/// Threads: matches() any.
class BoundedRegex {
 public:
  static constexpr std::size_t kMostSteps = 4096;  ///< of a pattern, with each repetition written out

  /// Throws NotAPattern.
  explicit BoundedRegex(std::string_view pattern);

  std::size_t steps() const { return program_.steps.size(); }

  /// Returns: whether the pattern matches somewhere in the text, which is UTF-8.
  bool matches(std::string_view text) const;

 private:
  friend class PatternReader;

  struct Range {
    char32_t first, last;
  };
  struct Class {
    std::vector<Range> ranges;
    bool negated = false;
    bool has(char32_t c) const;
  };
  enum class Op : std::uint8_t { character, split, jump, begin, end, word_edge, no_word_edge, match };
  struct Step {
    Op op;
    std::uint32_t a = 0, b = 0;  // split, jump: the next step or steps; character: the class
  };
  struct Program {
    std::vector<Step> steps;
    std::vector<Class> classes;
    bool matches(const std::u32string &text, bool at_start_only) const;
  };
  struct Look {
    Program program;
    bool wanted;
  };

  Program program_;
  std::vector<Look> looks_;  // the lookaheads, at the start of the text
};

}  // namespace tidegate::sdk

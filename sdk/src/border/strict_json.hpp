#pragma once

#include <nlohmann/json_fwd.hpp>
#include <stdexcept>
#include <string>
#include <string_view>

namespace tidegate::sdk {

/// A text that is not JSON, or not as strictly as is asked here; the sentence goes on after "...: ".
class NotJson : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Parses JSON from any source. It has at most 64 levels and 100,000 values, so that no later walk through it is expensive, and no key twice,
/// as one of the two would be ignored. Throws NotJson.
nlohmann::json parse_strict(std::string_view text);

/// Throws NotJson when a reader of `text` would pass over a part of it, or cut a text in it: bytes behind a zero byte, one of two equal
/// keys, a key or a text with the character U+0000. Any other text is left to its parser, also a text that is not JSON.
void check_whole(std::string_view text);

/// A text in quotes for a sentence: one line, at most about 60 characters.
std::string in_quotes(std::string_view text);

}  // namespace tidegate::sdk

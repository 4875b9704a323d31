#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace tidegate::sdk {

/// What a schema needs to be checked against without harm.
struct SchemaForm {
  bool matches_text = false;    ///< it has patterns
  std::size_t pattern_steps = 0;  ///< of all patterns: what a match of one character costs at most
  bool compares_items = false;  ///< it has uniqueItems: each item is compared with each other
};

/// Looks through a JSON Schema (draft 7): each $ref leads to a place in it, none of them in a circle that would never end,
/// each pattern is one that can be matched in bounded time, and each keyword is what the draft says. Takes out "format", which draft 7 leaves to those who read, and "id", which it calls "$id".
/// Throws NotJson with the place and what is wrong there.
SchemaForm look_through(nlohmann::json &schema);

/// What a $ref leads to. Throws NotJson when that is not in the schema.
const nlohmann::json &target_of(const nlohmann::json &schema, const std::string &reference);

}  // namespace tidegate::sdk

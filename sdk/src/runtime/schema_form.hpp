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

/// Checks a JSON Schema (draft 7): each $ref leads to a place in the schema and no circle of them is endless, each pattern can be matched in
/// bounded time, and each keyword has the form of the draft. Removes "format", which draft 7 leaves to the application, and "id", which it
/// calls "$id". Throws NotJson with the place and the error.
SchemaForm look_through(nlohmann::json &schema);

/// What a $ref leads to. Throws NotJson when that is not in the schema.
const nlohmann::json &target_of(const nlohmann::json &schema, const std::string &reference);

}  // namespace tidegate::sdk

#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace tidegate::sdk {

/// The properties of a schema that bound the cost of a check against it.
struct SchemaForm {
  bool matches_text = false;    ///< the schema has patterns
  std::size_t pattern_steps = 0;  ///< steps of all patterns: the largest cost of matching one character
  bool compares_items = false;  ///< the schema has uniqueItems, which compares each item with each other
};

/// Checks a JSON Schema (draft 7): each $ref leads to a place in the schema and no circle of them is endless, each pattern can be matched in
/// bounded time, and each keyword has the form of the draft. Removes "format", which draft 7 leaves to the application, and "id", which it
/// calls "$id". Throws NotJson with the place and the error.
SchemaForm look_through(nlohmann::json &schema);

/// Returns the schema that a $ref leads to. Throws NotJson when it is not in this schema.
const nlohmann::json &target_of(const nlohmann::json &schema, const std::string &reference);

}  // namespace tidegate::sdk

#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace tidegate::sdk {

/// What a schema needs to be checked against without harm.
struct SchemaForm {
  bool matches_text = false;    ///< it has patterns, which are matched recursively, a level for each character or more
  bool compares_items = false;  ///< it has uniqueItems: each item is compared with each other
};

/// Looks through a JSON Schema (draft 7): each $ref leads to a place in it, none of them in a circle that would never end,
/// and each pattern is one. Takes out "format", which draft 7 leaves to those who read, and "id", which it calls "$id".
/// Throws NotJson with the place and what is wrong there.
SchemaForm look_through(nlohmann::json &schema);

/// What a $ref leads to. Throws NotJson when that is not in the schema.
const nlohmann::json &target_of(const nlohmann::json &schema, const std::string &reference);

}  // namespace tidegate::sdk

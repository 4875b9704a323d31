#pragma once

#include <nlohmann/json_fwd.hpp>

namespace tidegate::sdk {

/// Counts the looks of a validator at values of a configuration without running it: a chain of n schemas that each name the next one twice
/// would cause 2^n looks. look_through() has accepted the schema. Throws NotJson for more than a million looks, or more than 500 nested
/// schemas.
void check_cost(const nlohmann::json &schema, const nlohmann::json &config);

}  // namespace tidegate::sdk

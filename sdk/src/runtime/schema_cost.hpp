#pragma once

#include <nlohmann/json_fwd.hpp>

namespace tidegate::sdk {

/// Counts how often a validator looks at a value of a configuration, schema by schema, without looking: schemas that name each other
/// many times over would have it look 2^n times. Of a schema that look_through() finds right. Throws NotJson when it is more than a
/// million times, or more than 500 schemas deep.
void check_cost(const nlohmann::json &schema, const nlohmann::json &config);

}  // namespace tidegate::sdk

#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace tidegate::sdk {

/// Checks that each keyword of a schema node has the form that draft 7 demands, before a validator uses it: a divisor of 0, or a list in
/// place of a number, would end the process. Throws NotJson with the place.
void check_keywords(const nlohmann::json &node, const std::string &place);

}  // namespace tidegate::sdk

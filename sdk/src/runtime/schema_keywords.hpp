#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace tidegate::sdk {

/// Checks that each keyword of draft 7 that one node of a schema has is what the draft says it is, before a validator uses it: a
/// divisor that is 0, or a list where a number is wanted, would end the process. Throws NotJson with the place.
void check_keywords(const nlohmann::json &node, const std::string &place);

}  // namespace tidegate::sdk

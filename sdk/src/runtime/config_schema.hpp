#pragma once

#include <string_view>

namespace tidegate::sdk {

/// Checks a plugin's configuration (empty: {}) against its JSON Schema, draft 7 (empty: anything), before any of the
/// plugin's code sees it. "format" is not checked. Where there are patterns no text may be longer than 1,024 bytes,
/// where there is uniqueItems no list longer than 4,096. Checking ends, whatever both are: see schema_keywords.hpp, schema_cost.hpp and
/// bounded_regex.hpp. No value of the configuration is told, as it may be a secret. Throws Fault: TG_E_INVALID with the places and what is wrong
/// there, at most five; TG_E_PLUGIN when the schema is broken.
void check_config(std::string_view plugin, std::string_view schema, std::string_view config);

}  // namespace tidegate::sdk

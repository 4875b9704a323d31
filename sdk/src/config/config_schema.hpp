#pragma once

#include <string_view>

namespace tidegate::sdk {

/// Checks a plugin's configuration (empty: {}) against its JSON Schema, draft 7 (empty: every configuration matches), before the plugin's
/// code sees it. "format" is not checked. With patterns a text has at most 1,024 bytes; with uniqueItems a list has at most 4,096 items.
/// The check ends for every schema and configuration: see schema_keywords.hpp, schema_cost.hpp and bounded_regex.hpp. No message shows a
/// value of the configuration, as it may be a secret. Throws Fault: TG_E_INVALID with at most five places and their errors; TG_E_PLUGIN
/// for an invalid schema.
void check_config(std::string_view plugin, std::string_view schema, std::string_view config);

}  // namespace tidegate::sdk

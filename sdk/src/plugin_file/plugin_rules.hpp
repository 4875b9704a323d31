#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tidegate::sdk {

/// The server's rules for a plugin, besides the rules that every file must satisfy.
struct PluginRules {
  std::string sha256;               ///< required SHA-256 of the file, 64 hexadecimal digits; empty: any
  std::vector<std::string> denied;  ///< ids, or "sha256:" and 64 hexadecimal digits
};

/// Returns: whether the text has 1 to 63 of A-Z a-z 0-9 . _ - and does not begin with a dot.
bool is_plugin_id(std::string_view text);

/// Checks the rules, as a malformed rule would never apply without a message. Throws Fault TG_E_INVALID with the error.
void check_rules(const PluginRules &rules);

/// Returns: whether a rule depends on the file's SHA-256. This and the following functions expect rules that check_rules() has accepted.
bool needs_sha256(const PluginRules &rules);

/// Throws Fault TG_E_TRUST when this SHA-256 (lower case) is not the pinned one, or is denied.
void check_sha256(const PluginRules &rules, const std::string &sha256, const std::string &path);

/// Throws Fault TG_E_TRUST when a plugin of this id is denied.
void check_id(const PluginRules &rules, const std::string &id, const std::string &path);

}  // namespace tidegate::sdk

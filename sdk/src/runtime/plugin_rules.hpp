#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tidegate::sdk {

/// Which plugin may be loaded, besides what every file must be.
struct PluginRules {
  std::string sha256;               ///< the file must have this one, 64 hexadecimal digits; empty: any
  std::vector<std::string> denied;  ///< ids, or "sha256:" and 64 hexadecimal digits
};

/// 1 to 63 of A-Z a-z 0-9 . _ -
bool is_plugin_id(std::string_view text);

/// Checks the rules, as a malformed rule would never apply without a message. Throws Fault TG_E_INVALID with the error.
void check_rules(const PluginRules &rules);

/// Whether the file's SHA-256 decides anything. Of rules that check_rules() finds right, as for what follows.
bool needs_sha256(const PluginRules &rules);

/// Throws Fault TG_E_TRUST when this SHA-256 (lower case) is not the pinned one, or is denied.
void check_sha256(const PluginRules &rules, const std::string &sha256, const std::string &path);

/// Throws Fault TG_E_TRUST when a plugin of this id is denied.
void check_id(const PluginRules &rules, const std::string &id, const std::string &path);

}  // namespace tidegate::sdk

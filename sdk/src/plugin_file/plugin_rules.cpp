#include "plugin_file/plugin_rules.hpp"

#include <algorithm>

#include "border/strict_json.hpp"
#include "core/event.hpp"
#include "os/fault.hpp"

namespace tidegate::sdk {
namespace {

constexpr std::string_view kDigestEntry = "sha256:";
constexpr std::size_t kDigits = 64;

bool is_digest(std::string_view text) {
  return text.size() == kDigits && text.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
}

bool is_digest_entry(std::string_view entry) {
  return entry.starts_with(kDigestEntry) && is_digest(entry.substr(kDigestEntry.size()));
}

std::string lower(std::string_view digest) {
  std::string out(digest);
  for (char &digit : out)
    if (digit >= 'A' && digit <= 'F') digit = static_cast<char>(digit - 'A' + 'a');
  return out;
}

[[noreturn]] void deny(const std::string &path, const std::string &entry) {
  throw Fault(TG_E_TRUST, "plugin " + path + " is denied on this host by the entry \"" + entry +
                              "\"; load another, or take the entry out of denied_plugins");
}

}  // namespace

bool is_plugin_id(std::string_view text) {
  return !text.empty() && text.front() != '.' && text.size() <= kNameBytes &&
         text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_") ==
             std::string_view::npos;
}

void check_rules(const PluginRules &rules) {
  if (!rules.sha256.empty() && !is_digest(rules.sha256))
    throw Fault(TG_E_INVALID, in_quotes(rules.sha256) +
                                  " pins no file; give its SHA-256, 64 hexadecimal digits as `sha256sum` prints them");
  for (const std::string &entry : rules.denied)
    if (!is_plugin_id(entry) && !is_digest_entry(entry))
      throw Fault(TG_E_INVALID, in_quotes(entry) +
                                    " denies no plugin; give an id such as com.example.night, or sha256: and 64 "
                                    "hexadecimal digits");
}

bool needs_sha256(const PluginRules &rules) {
  return !rules.sha256.empty() || std::ranges::any_of(rules.denied, is_digest_entry);
}

void check_sha256(const PluginRules &rules, const std::string &sha256, const std::string &path) {
  if (!rules.sha256.empty() && lower(rules.sha256) != sha256)
    throw Fault(TG_E_TRUST, "plugin " + path + " is not the file that was pinned: its SHA-256 is " + sha256 +
                                ", pinned is " + lower(rules.sha256) +
                                "; put the pinned file back, or pin this one if you trust it");
  for (const std::string &entry : rules.denied)
    if (is_digest_entry(entry) && lower(entry.substr(kDigestEntry.size())) == sha256) deny(path, entry);
}

void check_id(const PluginRules &rules, const std::string &id, const std::string &path) {
  if (std::ranges::find(rules.denied, id) != rules.denied.end()) deny(path, id);
}

}  // namespace tidegate::sdk

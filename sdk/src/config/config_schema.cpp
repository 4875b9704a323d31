#include "config/config_schema.hpp"

#include <cstdint>
#include <new>
#include <nlohmann/json.hpp>
#include <regex>
#include <string>

#include "config/bounded_regex.hpp"

// BoundedRegex matches the patterns of a plugin's schema, as std::regex backtracks and may take for ever. The validator writes std::regex
// inside its own namespace, so this namespace std, which contains all names of ::std, comes first there.
namespace valijson::std {  // NOLINT(cert-dcl58-cpp)
using namespace ::std;     // NOLINT(google-build-using-namespace)

class regex {
 public:
  explicit regex(const ::std::string &pattern) : its_(pattern) {}
  bool matches(const ::std::string &text) const { return its_.matches(text); }

 private:
  tidegate::sdk::BoundedRegex its_;
};
inline bool regex_search(const ::std::string &text, const regex &pattern) { return pattern.matches(text); }
// For "format", which look_through() has removed from each schema.
inline bool regex_match(const ::std::string &, const regex &) { return false; }
inline bool regex_match(const ::std::string &, ::std::smatch &, const regex &) { return false; }
}  // namespace valijson::std

#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validator.hpp>

#include "border/strict_json.hpp"
#include "core/border_text.hpp"
#include "config/config_errors.hpp"
#include "os/fault.hpp"
#include "config/schema_cost.hpp"
#include "config/schema_form.hpp"

namespace tidegate::sdk {
namespace {

using Json = nlohmann::json;
using Adapter = valijson::adapters::NlohmannJsonAdapter;

constexpr std::size_t kLongestMatched = 1024;              // bytes of a text
constexpr std::uint64_t kMostMatching = 1'000'000'000;     // steps of patterns times bytes of texts: a few seconds
constexpr std::size_t kMostCompared = 4096;    // items

Json parse_config(const std::string &who, std::string_view text) {
  try {
    Json config = text.empty() ? Json::object() : parse_strict(text);
    if (!config.is_object()) throw NotJson("it is of type " + std::string(config.type_name()));
    return config;
  } catch (const NotJson &error) {
    throw Fault(TG_E_INVALID, who + "its configuration is not a JSON object: " + clean_text(error.what()));
  }
}

/// Refuses values that the validator cannot check in bounded time or would read as another number. `matched`: bytes of texts so far.
void check_sizes(const std::string &who, const SchemaForm &form, const Json &value, std::uint64_t &matched) {
  const auto check_text = [&](const std::string &text) {
    matched += text.size() + 1;
    if (form.matches_text && matched * form.pattern_steps > kMostMatching)
      throw Fault(TG_E_INVALID, who + "its configuration has too many texts for the patterns of its schema; make it shorter");
    if (form.matches_text && text.size() > kLongestMatched)
      throw Fault(TG_E_INVALID, who + "its configuration has a text of " + std::to_string(text.size()) +
                                    " bytes; as its schema has patterns, 1,024 are the most");
  };
  if (value.is_string()) check_text(value.get_ref<const std::string &>());
  if (form.compares_items && value.is_array() && value.size() > kMostCompared)
    throw Fault(TG_E_INVALID, who + "its configuration has a list of " + std::to_string(value.size()) +
                                  " items; as its schema has uniqueItems, 4,096 are the most");
  if (value.is_number_unsigned() && value.get<std::uint64_t>() > INT64_MAX)
    throw Fault(TG_E_INVALID,
                who + "its configuration has a number that is too large; 9223372036854775807 is the most");
  if (!value.is_structured()) return;
  for (const auto &[key, each] : value.items()) {
    if (value.is_object()) check_text(key);
    check_sizes(who, form, each, matched);
  }
}

[[noreturn]] void broken(const std::string &who, const std::string &why) {
  throw Fault(TG_E_PLUGIN, who + "its schema is broken: " + clean_text(why, 1024) + "; ask who made the plugin for one that is not");
}

void check_against(const std::string &who, const Json &schema, const Json &config) {
  valijson::Schema compiled;
  valijson::ValidationResults results;
  bool right = false;
  try {
    valijson::SchemaParser().populateSchema(Adapter(schema), compiled);
    valijson::Validator validator;
    right = validator.validate(compiled, Adapter(config), nullptr);
    if (!right) valijson::Validator().validate(compiled, Adapter(config), &results);
  } catch (const std::bad_alloc &) {
    throw;
  } catch (const std::exception &) {  // the validator's text does not help
    broken(who, "its keywords are right, and the validator of configurations cannot read it");
  }
  if (right) return;
  ConfigErrors errors(schema, config);
  for (const auto &error : results) errors.add(error.context, error.description);
  throw Fault(TG_E_INVALID, who + "its configuration is not as its schema says: " + clean_text(errors.text()));
}

}  // namespace

void check_config(std::string_view plugin, std::string_view schema, std::string_view config) {
  const std::string who = "plugin " + std::string(plugin) + ": ";
  const Json given = parse_config(who, config);
  if (schema.empty()) return;
  try {
    Json said = parse_strict(schema);
    std::uint64_t matched = 0;
    check_sizes(who, look_through(said), given, matched);
    check_cost(said, given);
    check_against(who, said, given);
  } catch (const NotJson &error) {
    broken(who, error.what());
  }
}

}  // namespace tidegate::sdk

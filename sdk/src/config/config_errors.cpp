#include "config/config_errors.hpp"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string_view>

#include "border/strict_json.hpp"
#include "config/schema_form.hpp"

namespace tidegate::sdk {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMostShown = 5;
constexpr std::size_t kMostNamed = 12;     // of keys and alternatives
constexpr std::size_t kMostFollowed = 64;  // of one $ref after another

/// The beginnings of messages that only say that a value inside is wrong.
constexpr std::string_view kSummaries[] = {
    "Failed to validate against schema associated with ", "Failed to validate item #",
    "Failed to validate against child schema #",          "Failed to validate against additional properties schema",
    "Failed to validate against dependent schema",        "Failed to validate against a conditional schema"};

bool is_summary(std::string_view said) {
  return std::ranges::any_of(kSummaries, [&](std::string_view start) { return said.starts_with(start); });
}

std::string listed(const std::vector<std::string> &items) {
  std::string out;
  for (std::size_t i = 0; i < std::min(items.size(), kMostNamed); ++i) out += (i == 0 ? "" : ", ") + items[i];
  return items.size() > kMostNamed ? out + " and " + std::to_string(items.size() - kMostNamed) + " more" : out;
}

std::string shown(const Json &value) {
  if (value.is_string()) return in_quotes(value.get_ref<const std::string &>());
  if (value.is_structured()) return value.type_name();
  return value.dump();
}

/// Returns the type of a value. Messages show no more of a value, as it may be a password and messages go to logs.
std::string type_of(const Json &value) {
  if (value.is_number_float()) return "number with a fraction";
  return value.is_number_integer() ? "integer" : value.type_name();
}

std::vector<std::string> shown_each(const Json &list) {
  std::vector<std::string> out;
  for (const Json &each : list) out.push_back(shown(each));
  return out;
}

/// "integer or null"
std::string types(const Json &type) {
  if (type.is_string()) return type.get<std::string>();
  std::string out;
  for (const Json &each : type)
    out += (out.empty() ? "" : " or ") + (each.is_string() ? each.get<std::string>() : "another");
  return out;
}

/// Lists the keys of an object that its schema does not have, and the keys that the schema has.
std::string unknown_keys(const Json &object, const Json *schema, const std::string &said) {
  const Json known = schema != nullptr ? schema->value("properties", Json::object()) : Json::object();
  std::vector<std::string> unknown, names;
  if (schema != nullptr && !schema->contains("patternProperties"))
    for (const auto &[key, value] : object.items())
      if (!known.contains(key)) unknown.push_back(in_quotes(key));
  if (unknown.empty()) {  // then the key is known only from the message, as its last word
    const std::size_t at = said.find(": '");
    unknown.push_back(in_quotes(std::string_view(said).substr(at + 3, said.size() - at - 5)));
  }
  for (const auto &[name, value] : known.items()) names.push_back(name);
  return (unknown.size() == 1 ? "unknown key " : "unknown keys ") + listed(unknown) +
         (names.empty() ? "" : " (known: " + listed(names) + ")");
}

/// Rewrites a message of the validator: "Expected number less than 10.000000." becomes "expected number less than 10".
std::string tidied(std::string said) {
  for (const std::string_view zeros : {".000000"})
    for (std::size_t at; (at = said.find(zeros)) != std::string::npos;) said.erase(at, zeros.size());
  if (said.ends_with('.')) said.pop_back();
  if (!said.empty()) said[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(said[0])));
  return said;
}

/// Returns a sentence about "propertyNames", for which the validator has no message of its own.
std::string words_for_keys(const Json &names) {
  std::string start = "has a key that its schema does not allow";
  if (!names.is_object()) return start;
  if (names.contains("pattern")) return start + "; each key must match the pattern " + shown(names["pattern"]);
  if (names.contains("enum")) return start + "; each key must be one of " + listed(shown_each(names["enum"]));
  if (names.contains("const")) return start + "; the only key is " + shown(names["const"]);
  if (names.contains("maxLength")) return start + "; a key has at most " + names["maxLength"].dump() + " characters";
  if (names.contains("minLength")) return start + "; a key has at least " + names["minLength"].dump() + " characters";
  return start;
}

}  // namespace

void ConfigErrors::add(const std::vector<std::string> &context, const std::string &said) {
  Path path;
  for (std::size_t i = 1; i < context.size(); ++i) path.push_back(context[i].substr(1, context[i].size() - 2));
  if (!is_summary(said)) return put(path, words_for(path, said));
  constexpr std::string_view kOfProperty = "Failed to validate against schema associated with property name '";
  if (said.starts_with(kOfProperty)) path.push_back(said.substr(kOfProperty.size(), said.size() - kOfProperty.size() - 2));
  if (has_one_inside(path)) return;
  if (const Json *const schema = schema_at(path); schema != nullptr && schema->contains("propertyNames") && value_at(path) != nullptr &&
                                                  value_at(path)->is_object())
    return put(path, words_for_keys((*schema)["propertyNames"]));
  put(path, path.empty() ? tidied(said) : "its schema allows nothing like that here");
}

bool ConfigErrors::has_one_inside(const Path &path) const {
  return std::ranges::any_of(places_, [&](const Path &place) {
    return place.size() >= path.size() && std::equal(path.begin(), path.end(), place.begin());
  });
}

const Json *ConfigErrors::value_at(const Path &path) const {
  const Json *at = &config_;
  for (const std::string &step : path) {
    if (at->is_object() && at->contains(step))
      at = &(*at)[step];
    else if (const auto index = std::strtoul(step.c_str(), nullptr, 10); at->is_array() && index < at->size())
      at = &(*at)[index];
    else
      return nullptr;
  }
  return at;
}

/// Returns the schema for a place in the configuration; nullptr when only an alternative (anyOf, if) can have it.
const Json *ConfigErrors::schema_at(const Path &path) const {
  const Json *at = &schema_;
  for (std::size_t step = 0;; ++step) {
    for (std::size_t i = 0; i < kMostFollowed && at->is_object() && at->contains("$ref"); ++i)
      at = &target_of(schema_, (*at)["$ref"].get<std::string>());
    if (!at->is_object()) return nullptr;
    if (step == path.size()) return at;
    const Json *next = nullptr;
    if (at->contains("properties") && (*at)["properties"].contains(path[step])) {
      next = &(*at)["properties"][path[step]];
    } else {
      const Json *value = value_at(Path(path.begin(), path.begin() + static_cast<std::ptrdiff_t>(step)));
      const char *inside = value != nullptr && value->is_array() ? "items" : "additionalProperties";
      if (at->contains(inside)) next = &(*at)[inside];
    }
    if (next == nullptr) return nullptr;
    at = next;
  }
}

std::string ConfigErrors::words_for(const Path &path, const std::string &said) const {
  const Json *value = value_at(path);
  const Json *schema = schema_at(path);
  const auto has = [&](const char *key) { return schema != nullptr && schema->contains(key); };
  if (said.starts_with("Object contains a property that could not") && value != nullptr)
    return unknown_keys(*value, schema, said);
  if (said.starts_with("Missing required property '")) return said.substr(26, said.size() - 27) + " is missing";
  if (said.starts_with("Value type not permitted") && has("type") && value != nullptr)
    return "must be of type " + types((*schema)["type"]) + ", and is " + type_of(*value);
  if (said.starts_with("Failed to match against any enum") && has("enum"))
    return "must be one of " + listed(shown_each((*schema)["enum"]));
  if (said.starts_with("Failed to match expected value") && has("const")) return "must be " + shown((*schema)["const"]);
  if (said.starts_with("Failed to match regex") && has("pattern"))
    return "must match the pattern " + shown((*schema)["pattern"]);
  return tidied(said);
}

void ConfigErrors::put(const Path &path, const std::string &words) {
  places_.push_back(path);
  std::string line;
  for (const std::string &step : path) {
    std::string escaped;
    for (const char c : step) escaped += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
    const std::string text = in_quotes(escaped);
    line += "/" + text.substr(1, text.size() - 2);
  }
  line += (path.empty() ? "" : ": ") + words;
  if (std::ranges::find(lines_, line) == lines_.end()) lines_.push_back(line);
}

std::string ConfigErrors::text() const {
  if (lines_.empty()) {  // the validator gave no message
    const Json *const schema = schema_at({});
    return schema != nullptr && schema->contains("propertyNames") ? words_for_keys((*schema)["propertyNames"])
                                                                  : "a part of it is not allowed";
  }
  std::string out;
  for (std::size_t i = 0; i < std::min(lines_.size(), kMostShown); ++i) out += (i == 0 ? "" : "; ") + lines_[i];
  if (lines_.size() > kMostShown) out += "; and " + std::to_string(lines_.size() - kMostShown) + " more";
  return out;
}

}  // namespace tidegate::sdk

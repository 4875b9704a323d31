#include "config/schema_keywords.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string_view>

#include "border/strict_json.hpp"

namespace tidegate::sdk {
namespace {

using Json = nlohmann::json;

bool is_number(const Json &value) {
  if (value.is_number_unsigned()) return value.get<std::uint64_t>() <= INT64_MAX;
  return value.is_number() && std::isfinite(value.get<double>());
}
bool is_positive(const Json &value) { return is_number(value) && value.get<double>() > 0; }
bool is_count(const Json &value) { return value.is_number_integer() && is_number(value) && value.get<std::int64_t>() >= 0; }
bool is_text(const Json &value) { return value.is_string(); }
bool is_flag(const Json &value) { return value.is_boolean(); }
bool is_list(const Json &value) { return value.is_array() && !value.empty(); }
bool is_object(const Json &value) { return value.is_object(); }
bool is_names(const Json &value) { return value.is_array() && std::ranges::all_of(value, is_text); }
bool is_type(const Json &value) {
  if (value.is_array()) return !value.empty() && std::ranges::all_of(value, [](const Json &each) { return !each.is_array() && is_type(each); });
  constexpr std::string_view kTypes[] = {"null", "boolean", "object", "array", "number", "integer", "string"};
  return value.is_string() && std::ranges::find(kTypes, std::string_view(value.get_ref<const std::string &>())) != std::end(kTypes);
}
bool is_dependencies(const Json &value) {
  return value.is_object() && std::ranges::all_of(value, [](const Json &each) { return !each.is_array() || is_names(each); });
}

struct Keyword {
  const char *name;
  bool (*right)(const Json &value);
  const char *wanted;
};
constexpr Keyword kKeywords[] = {
    {"multipleOf", is_positive, "a number above 0"},
    {"maximum", is_number, "a number"},
    {"exclusiveMaximum", is_number, "a number"},
    {"minimum", is_number, "a number"},
    {"exclusiveMinimum", is_number, "a number"},
    {"maxLength", is_count, "a whole number of 0 or more"},
    {"minLength", is_count, "a whole number of 0 or more"},
    {"maxItems", is_count, "a whole number of 0 or more"},
    {"minItems", is_count, "a whole number of 0 or more"},
    {"maxProperties", is_count, "a whole number of 0 or more"},
    {"minProperties", is_count, "a whole number of 0 or more"},
    {"pattern", is_text, "a text"},
    {"title", is_text, "a text"},
    {"description", is_text, "a text"},
    {"uniqueItems", is_flag, "true or false"},
    {"required", is_names, "a list of texts"},
    {"enum", is_list, "a list with something in it"},
    {"type", is_type, "null, boolean, object, array, number, integer or string, or a list of those"},
    {"properties", is_object, "an object"},
    {"patternProperties", is_object, "an object"},
    {"definitions", is_object, "an object"},
    {"dependencies", is_dependencies, "an object of schemas and lists of texts"},
    {"allOf", is_list, "a list of schemas"},
    {"anyOf", is_list, "a list of schemas"},
    {"oneOf", is_list, "a list of schemas"}};

}  // namespace

void check_keywords(const Json &node, const std::string &place) {
  for (const Keyword &keyword : kKeywords)
    if (const auto found = node.find(keyword.name); found != node.end() && !keyword.right(*found))
      throw NotJson("at " + place + "/" + keyword.name + " there must be " + keyword.wanted);
}

}  // namespace tidegate::sdk

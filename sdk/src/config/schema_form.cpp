#include "config/schema_form.hpp"

#include <array>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "border/strict_json.hpp"
#include "config/bounded_regex.hpp"
#include "config/schema_keywords.hpp"

namespace tidegate::sdk {
namespace {

using Json = nlohmann::json;

// The keywords with further schemas: for the same value, or for the values inside it.
constexpr std::array kSame{"not", "if", "then", "else"};
constexpr std::array kListsOfSame{"allOf", "anyOf", "oneOf"};
constexpr std::array kInside{"items", "additionalItems", "contains", "additionalProperties", "propertyNames"};
constexpr std::array kMapsInside{"properties", "patternProperties", "definitions"};

constexpr int kDeepest = 200;
constexpr std::size_t kMostReferences = 200;

std::size_t steps_of(const std::string &pattern, const std::string &place) try {
  return BoundedRegex(pattern).steps();
} catch (const NotAPattern &error) {
  throw NotJson("at " + place + " there is no regular expression of ECMAScript that can be used: " + in_quotes(pattern) + " " +
                error.what());
}

class Walk {
 public:
  Walk(Json &schema, SchemaForm &form) : schema_(schema), form_(form) {}

  void whole() {
    if (!schema_.is_object()) throw NotJson("it is no object");
    visit(schema_, "#", 0);
    for (const auto &[node, next] : same_) check_ends(node);
  }

 private:
  void visit(Json &node, const std::string &place, int depth) {
    if (node.is_boolean()) return;
    if (depth > kDeepest) throw NotJson("it is more than 200 levels deep, its $refs followed");
    if (!node.is_object()) throw NotJson("at " + place + " there is no schema, which is an object, true or false");
    if (!same_.try_emplace(&node).second) return;
    if (const auto reference = node.find("$ref"); reference != node.end()) {
      if (!reference->is_string()) throw NotJson("at " + place + " there is a $ref that is no text");
      if (++references_ > kMostReferences) throw NotJson("it has more than 200 $refs");
      const auto to = reference->get<std::string>();
      Json &target = const_cast<Json &>(target_of(schema_, to));  // in our own copy of the schema
      same_[&node].push_back(&target);
      visit(target, to, depth + 1);
      return;  // draft 7 ignores keywords beside a $ref
    }
    read(node, place);
    for (const char *key : kSame)
      if (node.contains(key)) same(node, node[key], place + "/" + key, depth);
    for (const char *key : kListsOfSame)
      if (node.contains(key))
        for (Json &each : list(node[key], place + "/" + key)) same(node, each, place + "/" + key, depth);
    if (node.contains("dependencies"))
      for (auto &[key, each] : node["dependencies"].items())
        if (!each.is_array()) same(node, each, below(place, "dependencies", key), depth);
    for (const char *key : kInside)
      if (node.contains(key)) inside(node[key], place + "/" + key, depth);
    for (const char *key : kMapsInside)
      if (node.contains(key))
        for (auto &[name, each] : node[key].items()) visit(each, below(place, key, name), depth + 1);
  }

  static std::string below(std::string place, const char *key, const std::string &name) {
    place += '/';
    place += key;
    place += '/';
    return place += name;
  }

  static Json &list(Json &node, const std::string &place) {
    if (!node.is_array()) throw NotJson("at " + place + " there is no list");
    return node;
  }
  void same(const Json &node, Json &each, const std::string &place, int depth) {
    same_[&node].push_back(&each);
    visit(each, place, depth + 1);
  }
  void inside(Json &node, const std::string &place, int depth) {
    if (!node.is_array()) return visit(node, place, depth + 1);
    for (Json &each : node) visit(each, place, depth + 1);
  }

  /// Reads the keywords for the value itself.
  void read(Json &node, const std::string &place) {
    check_keywords(node, place);
    if (const auto pattern = node.find("pattern"); pattern != node.end() && pattern->is_string()) {
      form_.pattern_steps += steps_of(pattern->get<std::string>(), place + "/pattern");
      form_.matches_text = true;
    }
    if (const auto map = node.find("patternProperties"); map != node.end())
      for (const auto &[pattern, each] : map->items()) {
        form_.pattern_steps += steps_of(pattern, place + "/patternProperties");
        form_.matches_text = true;
      }
    if (node.value("uniqueItems", Json()) == Json(true)) form_.compares_items = true;
    for (const char *key : {"format", "id"})
      if (node.contains(key) && node[key].is_string()) node.erase(key);
  }

  /// Refuses a schema that leads back to itself for the same value, as its check would never end.
  void check_ends(const Json *node) {
    if (ended_.contains(node)) return;
    if (!under_way_.insert(node).second)
      throw NotJson("it has a $ref that leads back to itself, in a circle without an end");
    if (const auto next = same_.find(node); next != same_.end())
      for (const Json *each : next->second) check_ends(each);
    under_way_.erase(node);
    ended_.insert(node);
  }

  Json &schema_;
  SchemaForm &form_;
  std::map<const Json *, std::vector<const Json *>> same_;  // schemas by a schema for the same value
  std::set<const Json *> under_way_, ended_;
  std::size_t references_ = 0;
};

}  // namespace

SchemaForm look_through(Json &schema) {
  SchemaForm form;
  Walk(schema, form).whole();
  return form;
}

const Json &target_of(const Json &schema, const std::string &reference) {
  if (!reference.starts_with('#'))
    throw NotJson("it refers to " + in_quotes(reference) +
                  ", which is elsewhere and is not fetched; put that under \"definitions\"");
  // The validator reads these references differently from the standard: its schema would differ from the schema that is checked here, or
  // for an empty step the whole schema, without an end.
  if (reference.find('%') != std::string::npos)
    throw NotJson("it refers to " + in_quotes(reference) + " by a character in percent-encoding; write that character itself");
  if (reference.ends_with('/') || reference.find("//") != std::string::npos)
    throw NotJson("it refers to " + in_quotes(reference) + ", which has a step without a name; give that schema a name");
  try {
    return schema.at(Json::json_pointer(reference.substr(1)));
  } catch (const Json::exception &) {
    throw NotJson("it refers to " + in_quotes(reference) + ", which is not in it");
  }
}

}  // namespace tidegate::sdk

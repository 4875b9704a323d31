#include "config/schema_cost.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "border/strict_json.hpp"
#include "config/schema_form.hpp"

namespace tidegate::sdk {
namespace {

using Json = nlohmann::json;

constexpr std::uint64_t kMost = 1'000'000;
constexpr int kDeepest = 500;
constexpr std::size_t kBytesOfALook = 64;  // a comparison copies a text, so this many bytes count as one look

class Count {
 public:
  explicit Count(const Json &schema) : schema_(schema) {}

  /// Returns the number of looks at `value` by the schema `node`. The result for each pair is computed once and remembered.
  std::uint64_t looks(const Json &node, const Json &value, int depth) {
    if (!node.is_object()) return 1;
    if (depth > kDeepest) throw NotJson("it looks at one value through more than 500 schemas");
    if (const auto known = known_.find({&node, &value}); known != known_.end()) return known->second;
    if (known_.size() >= kMost) too_many();
    std::uint64_t sum = 1;
    // Ends at the limit, so that the count takes no longer than the check may take.
    const auto add = [&](std::uint64_t more) {
      sum = std::min(sum + more, kMost + 1);
      if (sum > kMost) too_many();
    };
    if (const auto reference = node.find("$ref"); reference != node.end()) {
      add(looks(target_of(schema_, reference->get_ref<const std::string &>()), value, depth + 1));
    } else {
      lists(node, value, add);
      same(node, value, depth, add);
      inside(node, value, depth, add);
    }
    return known_[{&node, &value}] = sum;
  }

 private:
  [[noreturn]] static void too_many() {
    throw NotJson("to check this configuration it would have to be looked at more than a million times: its schemas name each other too "
                  "often, or their lists (such as an enum) are too long for so many values");
  }

  /// Adds the comparisons with the value itself: the validator goes through each of these lists for every value, and compares the value
  /// with each alternative of an enum.
  template <class Add>
  void lists(const Json &node, const Json &value, const Add &add) {
    if (const auto each = node.find("enum"); each != node.end())
      add(std::min(weight(*each), kMost) + each->size() * std::min(weight(value), kMost));
    if (const auto only = node.find("const"); only != node.end()) add(weight(*only) + weight(value));
    if (const auto type = node.find("type"); type != node.end()) add(type->size());
    if (!value.is_object()) return;
    for (const char *key : {"required", "properties", "patternProperties", "dependencies"})
      if (node.contains(key)) add(node[key].size());
    if (node.contains("dependencies"))
      for (const Json &each : node["dependencies"])
        if (each.is_array()) add(each.size());
  }

  /// Returns the number of values inside a value, itself included; a long text counts more than once.
  std::uint64_t weight(const Json &value) {
    if (value.is_string()) return 1 + value.get_ref<const std::string &>().size() / kBytesOfALook;
    if (!value.is_structured()) return 1;
    if (const auto known = weights_.find(&value); known != weights_.end()) return known->second;
    std::uint64_t sum = 1;
    for (const auto &[name, each] : value.items()) sum += weight(each) + (value.is_object() ? name.size() / kBytesOfALook : 0);
    return weights_[&value] = sum;
  }

  template <class Add>
  void same(const Json &node, const Json &value, int depth, const Add &add) {
    for (const char *key : {"not", "if", "then", "else"})
      if (node.contains(key)) add(looks(node[key], value, depth + 1));
    for (const char *key : {"allOf", "anyOf", "oneOf"})
      if (node.contains(key))
        for (const Json &each : node[key]) add(looks(each, value, depth + 1));
    if (node.contains("dependencies"))
      for (const Json &each : node["dependencies"])
        if (each.is_object()) add(looks(each, value, depth + 1));
  }

  /// Adds the looks at the parts of the value. Each schema for parts counts for all parts, except the schemas of "properties" and of a list
  /// of items, which count for their own part.
  template <class Add>
  void inside(const Json &node, const Json &value, int depth, const Add &add) {
    if (!value.is_structured()) return;
    const auto of_all = [&](const Json &schema) {
      for (const Json &part : value) add(looks(schema, part, depth + 1));
    };
    for (const char *key : {"items", "additionalItems", "contains", "additionalProperties"}) {
      if (!node.contains(key)) continue;
      if (!node[key].is_array()) {
        of_all(node[key]);
        continue;
      }
      for (std::size_t i = 0; value.is_array() && i < std::min(node[key].size(), value.size()); ++i)
        add(looks(node[key][i], value[i], depth + 1));
    }
    if (!value.is_object()) return;
    if (node.contains("properties"))
      for (const auto &[name, each] : node["properties"].items())
        if (const auto part = value.find(name); part != value.end()) add(looks(each, *part, depth + 1));
    if (node.contains("patternProperties"))
      for (const Json &each : node["patternProperties"]) of_all(each);
    if (node.contains("propertyNames"))
      for (const auto &[name, each] : value.items()) add(looks(node["propertyNames"], names_.emplace_back(name), depth + 1));
  }

  const Json &schema_;
  std::map<std::pair<const Json *, const Json *>, std::uint64_t> known_;
  std::map<const Json *, std::uint64_t> weights_;
  std::deque<Json> names_;  // keys as values; a deque, so that their addresses stay
};

}  // namespace

void check_cost(const Json &schema, const Json &config) { Count(schema).looks(schema, config, 0); }

}  // namespace tidegate::sdk

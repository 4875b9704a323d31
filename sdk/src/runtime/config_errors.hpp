#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace tidegate::sdk {

/// What a validator says of a configuration, in words for those who wrote it: with the place, and what the schema has
/// there.
class ConfigErrors {
 public:
  /// Both are borrowed.
  ConfigErrors(const nlohmann::json &schema, const nlohmann::json &config) : schema_(schema), config_(config) {}

  /// `context`: "<root>", then a "[name]" or "[index]" for each level. An error of what is inside comes before the one
  /// that only says that there was one.
  void add(const std::vector<std::string> &context, const std::string &said);

  /// The first five, with their places as JSON pointers, and how many more there are.
  std::string text() const;

 private:
  using Path = std::vector<std::string>;

  bool has_one_inside(const Path &path) const;
  const nlohmann::json *value_at(const Path &path) const;
  const nlohmann::json *schema_at(const Path &path) const;
  std::string words_for(const Path &path, const std::string &said) const;
  void put(const Path &path, const std::string &words);

  const nlohmann::json &schema_, &config_;
  std::vector<Path> places_;
  std::vector<std::string> lines_;  // each once
};

}  // namespace tidegate::sdk

#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace tidegate::sdk {

/// Translates the errors of a validator into sentences for the author of a configuration, with the place and the schema's rule.
class ConfigErrors {
 public:
  /// Both are borrowed.
  ConfigErrors(const nlohmann::json &schema, const nlohmann::json &config) : schema_(schema), config_(config) {}

  /// Adds an error. `context`: "<root>", then a "[name]" or "[index]" for each level. An error of an inner value comes before the errors of
  /// the values around it.
  void add(const std::vector<std::string> &context, const std::string &said);

  /// Returns the first five errors, with their places as JSON pointers, and the number of further errors.
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

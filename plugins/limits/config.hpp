#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

/// How limits is configured, by a JSON object that has the schema and is checked again here.
struct Config {
  std::uint32_t max_per_peer = 0;
  std::size_t peers = 65536;

  /// Reads a configuration. Throws std::invalid_argument with a sentence for its author.
  static Config parse(std::string_view text);

  static constexpr std::string_view kSchema = R"({
  "$schema": "http://json-schema.org/draft-07/schema#",
  "title": "org.tidegate.limits",
  "type": "object",
  "additionalProperties": false,
  "required": ["max_per_peer"],
  "properties": {
    "max_per_peer": {
      "description": "sessions of a service that one address may have; can be changed while it runs",
      "type": "integer", "minimum": 1, "maximum": 1000000000
    },
    "peers": {
      "description": "addresses that it has room for; a new number needs a reload",
      "type": "integer", "minimum": 1, "maximum": 16777216, "default": 65536
    }
  }
})";
};

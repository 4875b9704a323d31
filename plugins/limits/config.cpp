#include "config.hpp"

#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

namespace {

std::uint64_t number(const nlohmann::json &json, const std::string &key, std::uint64_t least, std::uint64_t most) {
  const bool whole = json.is_number_unsigned();
  if (!whole || json.get<std::uint64_t>() < least || json.get<std::uint64_t>() > most)
    throw std::invalid_argument("\"" + key + "\" must be a whole number from " + std::to_string(least) + " to " +
                                std::to_string(most));
  return json.get<std::uint64_t>();
}

}  // namespace

Config Config::parse(std::string_view text) {
  Config config;
  const auto json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_object()) throw std::invalid_argument("the configuration is not a JSON object");
  for (const auto &[key, value] : json.items()) {
    if (key == "max_per_peer")
      config.max_per_peer = static_cast<std::uint32_t>(number(value, key, 1, 1'000'000'000));
    else if (key == "peers")
      config.peers = static_cast<std::size_t>(number(value, key, 1, 16'777'216));
    else
      throw std::invalid_argument("unknown key \"" + key + "\"; known are max_per_peer and peers");
  }
  if (config.max_per_peer == 0)
    throw std::invalid_argument("\"max_per_peer\" is missing, such as {\"max_per_peer\": 10}");
  return config;
}

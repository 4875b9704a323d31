#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "control/peer.hpp"
#include "tidegate/drain.hpp"

namespace tidegate::control {

using Json = nlohmann::ordered_json;

[[noreturn]] void bad(const std::string &sentence);

// The fields of a request. Each throws Error when what is there is not what it must be; what is missing or null is empty, 0
// or false.
std::string text(const Json &request, const char *key);
std::string needed_text(const Json &request, const char *key);
std::vector<std::string> texts(const Json &request, const char *key);
std::uint64_t number(const Json &request, const char *key, std::uint64_t otherwise);
bool flag(const Json &request, const char *key);
/// Whether a field says more than one that is missing.
bool says_something(const Json &value);
std::uint32_t limit(const Json &request, std::uint32_t otherwise, std::uint32_t most);
/// TG_UNTIL_*
std::uint32_t until(const std::string &label);

/// Who asks and why, and what else a drain says; the texts live as long as this.
struct Asked {
  Asked(const Json &request, const Peer &peer);
  Action action() const { return {actor, reason, peer.user, peer.process}; }
  DrainOptions drain_options(const Json &request) const;
  std::string actor, reason, redirect;
  Peer peer;
};

/// Which services: "service", "services", or "all", "except" these. Who uses it checks the names.
Selection selection(const Json &request);

}  // namespace tidegate::control

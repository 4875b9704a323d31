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

// The fields of a request. Each function throws Error for a field of the wrong type or range; a missing or null field is empty, 0 or
// false.
std::string text(const Json &request, const char *key);
std::string needed_text(const Json &request, const char *key);
std::vector<std::string> texts(const Json &request, const char *key);
std::uint64_t number(const Json &request, const char *key, std::uint64_t otherwise);
bool flag(const Json &request, const char *key);
/// Returns: whether a field has another value than a missing field has.
bool says_something(const Json &value);
std::uint32_t limit(const Json &request, std::uint32_t otherwise, std::uint32_t most);
/// Returns the TG_UNTIL_* of a label.
std::uint32_t until(const std::string &label);

/// The actor and the reason of a request, and its drain options. The texts of the results live as long as the object.
struct Asked {
  Asked(const Json &request, const Peer &peer);
  Action action() const { return {actor, reason, peer.user, peer.process}; }
  DrainOptions drain_options(const Json &request) const;
  std::string actor, reason, redirect;
  Peer peer;
};

/// Returns the selection of a request: "service", "services", or "all", and "except". The caller checks the names.
Selection selection(const Json &request);

}  // namespace tidegate::control

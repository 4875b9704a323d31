#pragma once

#include <cstdint>
#include <string>

#include "core/breaker.hpp"
#include "core/nanos.hpp"

namespace tidegate::sdk {

/// The options of a plugin, as tg_plugin_options says, with all defaults filled in.
struct PluginOptions {
  std::string path;
  std::string config;
  std::string sha256;  ///< empty: any
  std::uint32_t grants = 0;
  Nanos hook_limit = 10 * kSecond;
  Nanos slow_after = kSecond / 10;
  Nanos hang_after = kSecond;  ///< for a call of its policy
  Nanos drain_limit = 5 * kSecond;
  Breaker::Rules breaker{};

  /// Returns the time after which any other call hangs; these calls may take longer.
  Nanos others_hang_after() const { return hang_after * 5; }
};

}  // namespace tidegate::sdk

#pragma once

#include <cstdint>
#include <string>

#include "core/breaker.hpp"
#include "core/nanos.hpp"

namespace tidegate::sdk {

/// How a plugin is loaded, as tg_plugin_options says; with all defaults filled in.
struct PluginOptions {
  std::string path;
  std::string config;
  std::string sha256;  ///< empty: any
  std::uint32_t grants = 0;
  Nanos hook_limit = 10 * kSecond;
  Nanos slow_after = kSecond / 10;
  Nanos hang_after = kSecond;
  Nanos drain_limit = 5 * kSecond;
  Breaker::Rules breaker{};
};

}  // namespace tidegate::sdk

#pragma once

#include <cstdint>
#include <string>

#include "core/breaker.hpp"
#include "loop/call_mark.hpp"
#include "plugins/plugin_host.hpp"

namespace tidegate::sdk {

class Plugin;

/// Watches one plugin: its faults since the last look, whether its policy must be taken out or put back, and whether its worker hangs. Time
/// is a parameter. Threads: one at a time.
class PluginHealth {
 public:
  explicit PluginHealth(const Breaker::Rules &rules = {}) : breaker_(rules) {}

  struct Findings {
    bool hangs = false;            ///< a call of its policy hangs
    bool out = false;              ///< its policy must be taken out
    bool back = false;             ///< its policy must be put back
    Nanos due = kNever;            ///< time at which the policy may be put back; kNever: it is not out
    std::uint64_t faults = 0;      ///< faults to report now, in one event a second at most
    bool worker_hangs = false;     ///< to report now: once for each call that hangs
    CallMark::Call hanging{};      ///< the worker's call that hangs
    PluginHost::Dropped dropped{};  ///< events and lines above its limits, to report now
  };
  /// Looks at the plugin once. `asked`: the plugin has a policy. `hangs`: a call of the policy has not returned for too long.
  Findings look(const Plugin &plugin, bool asked, bool hangs, Nanos now);

  /// Returns the numbers of dropped events and lines that were reported.
  const PluginHost::Dropped &dropped_said() const { return dropped_; }

  /// Returns the last fault of a plugin.
  static std::string last_fault(const Plugin &plugin);

 private:
  Breaker breaker_;
  std::uint64_t policy_faults_ = 0;  // faults of the policy that the breaker knows
  std::uint64_t said_ = 0;           // reported faults, of the policy and of other calls
  Nanos said_at_ = 0;
  bool said_hang_ = false;
  PluginHost::Dropped dropped_{};  // reported so far
  Nanos dropped_at_ = 0;
};

}  // namespace tidegate::sdk

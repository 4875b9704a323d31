#pragma once

#include <cstdint>
#include <string>

#include "core/breaker.hpp"
#include "runtime/call_mark.hpp"
#include "runtime/plugin_host.hpp"

namespace tidegate::sdk {

class Plugin;

/// How one plugin fares, as far as it has been looked at: what its calls have done wrong since, whether its policy is to be
/// taken out or asked again, and whether its worker hangs. Time is a parameter. Threads: one at a time.
class PluginHealth {
 public:
  explicit PluginHealth(const Breaker::Rules &rules = {}) : breaker_(rules) {}

  struct Findings {
    bool hangs = false;            ///< a call of its policy
    bool out = false;              ///< its policy is to be taken out
    bool back = false;             ///< its policy is to be asked again
    Nanos due = kNever;            ///< when that is to be looked at again
    std::uint64_t faults = 0;      ///< that are to be said now: not each, when there are many
    bool worker_hangs = false;     ///< to be said now: once, until it has come back
    CallMark::Call hanging{};      ///< the call that does
    PluginHost::Dropped dropped{};  ///< events and lines beyond its limits, to be said now
  };
  /// `asked`: it has a policy. `hangs`: a call of that has not come back.
  Findings look(const Plugin &plugin, bool asked, bool hangs, Nanos now);

  /// The dropped events and lines that have been said.
  const PluginHost::Dropped &dropped_said() const { return dropped_; }

  /// Returns the last fault of a plugin.
  static std::string last_fault(const Plugin &plugin);

 private:
  Breaker breaker_;
  std::uint64_t policy_faults_ = 0;  // that the breaker knows of
  std::uint64_t said_ = 0;           // of all its faults
  Nanos said_at_ = 0;
  bool said_hang_ = false;
  PluginHost::Dropped dropped_{};  // that are said
  Nanos dropped_at_ = 0;
};

}  // namespace tidegate::sdk

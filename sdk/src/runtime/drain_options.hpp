#pragma once

#include <string>

#include "core/machine.hpp"
#include "runtime/clock.hpp"
#include "tidegate/drain.h"

namespace tidegate::sdk {

/// What a drain, or a service's usual way to drain, says; 0 and empty: nothing. See tg_drain_options.
struct DrainOptions {
  std::uint32_t intent = 0;
  std::uint32_t at_deadline = 0;
  std::uint64_t deadline = 0;
  std::uint64_t kill_grace = 0;
  std::uint32_t flags = 0;
  std::uint32_t hold = 0;
  std::int64_t hold_until_unix = 0;
  std::uint64_t announce_min = 0;
  std::uint64_t announce_max = 0;
  std::uint64_t quiet = 0;
  std::uint64_t notice_window = 0;
  std::string redirect;
};

/// Throws Fault when it contradicts itself.
void check(const DrainOptions &options);

/// The drain as the machine takes it: what `ask` does not say is as usual, and what that does not say either as the
/// documentation says. `can_notice`: the host has a callback that asks sessions to go. Throws Fault when both together
/// make no sense.
machine::Drain resolve(const DrainOptions &ask, const DrainOptions &usual, bool can_notice, const Action &action,
                       const Clock &clock);

}  // namespace tidegate::sdk

#pragma once

#include <string>

#include "core/machine.hpp"
#include "loop/clock.hpp"
#include "tidegate/drain.h"

namespace tidegate::sdk {

/// The options of a drain, or a service's default options; 0 and empty: not given. See tg_drain_options.
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

/// Throws Fault for an unknown value, or for options that contradict each other.
void check(const DrainOptions &options);

/// Returns the drain for the machine: options that `ask` does not give come from `usual`, and then from the defaults of tg_drain_options.
/// `can_notice`: the server has a `notice` callback. Throws Fault when the options together contradict each other.
machine::Drain resolve(const DrainOptions &ask, const DrainOptions &usual, bool can_notice, const Action &action,
                       const Clock &clock);

}  // namespace tidegate::sdk

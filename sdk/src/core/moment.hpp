#pragma once

#include <cstdint>

#include "core/machine.hpp"

namespace tidegate::sdk {

/// Whether an awaited moment (TG_UNTIL_*) is ahead, has come, or can no longer come.
enum class Moment : std::uint8_t { ahead, reached, ended };

/// Decides by the place of the service, and whether 25050 was emitted in its last epoch. `ended`: nothing in progress leads to the moment.
Moment moment_at(std::uint32_t until, machine::Place place, bool said_drained);

/// Decides by an event of the service. `ended`: the drain or start in progress ended otherwise.
Moment moment_after(std::uint32_t until, std::uint32_t event_number);

}  // namespace tidegate::sdk

#pragma once

#include <cstdint>

#include "core/machine.hpp"

namespace tidegate::sdk {

/// Whether an awaited moment (TG_UNTIL_*) is ahead, has come, or can no longer come.
enum class Moment : std::uint8_t { ahead, reached, ended };

/// By where the service is, and whether 25050 has been said in its last epoch. `ended`: nothing under way leads there.
Moment moment_at(std::uint32_t until, machine::Place place, bool said_drained);

/// By an event of the service. `ended`: the drain or start that was under way ended otherwise.
Moment moment_after(std::uint32_t until, std::uint32_t event_number);

}  // namespace tidegate::sdk

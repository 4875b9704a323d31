#pragma once

#include <cstdint>

#include "core/machine.hpp"

namespace tidegate::sdk {

/// Whether a moment that somebody waits for (TG_UNTIL_*) has come.
enum class Moment : std::uint8_t { ahead, reached, ended };

/// By where the service is. `ended` is not an answer here: a later drain may still bring it.
Moment moment_at(std::uint32_t until, machine::Place place, std::uint64_t live);

/// By an event of the service. `ended`: the drain or start that was under way ended otherwise.
Moment moment_after(std::uint32_t until, std::uint32_t event_number, std::uint64_t live);

}  // namespace tidegate::sdk

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// Returns a duration such as "90", "90s", "1.5m", "250ms", "2h", "1h30m", "1d" or "1w" in ns; nothing for any other text, a negative
/// duration, and one of more than 100 years.
std::optional<std::uint64_t> parse_duration(std::string_view text);

/// "0.4 s", "12 s", "3 min 5 s", "2 h", "4 d 2 h"
std::string show_duration(std::uint64_t ns);

/// "850 ns", "12.4 us", "3.1 ms", and from a second on as show_duration(): for the time that a call takes.
std::string show_brief(std::uint64_t ns);

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "scenario.hpp"

namespace tidegate::model {

/// A state of the world in a few words.
inline constexpr std::size_t kServiceWords = 4;
using Key = std::array<std::uint64_t, kServices * kServiceWords>;

/// Moves the world to kNow, and makes the same what nobody can tell apart: moments that are over, counters by whether they
/// have moved, epochs by their distance, figures that nothing is decided by.
void normalize(const Scenario &scenario, World &world);

/// Of a world that is normalized, and stays as it is. Returns: nothing when it does not fit.
std::optional<Key> pack(const Scenario &scenario, World &world);
World unpack(const Scenario &scenario, const Key &key);

}  // namespace tidegate::model

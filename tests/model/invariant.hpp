#pragma once

#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tidegate::model {

/// What must always be so, by name; see invariants.def.
enum class Invariant : std::uint8_t {
#define INVARIANT(name, text) name,
#include "invariants.def"
#undef INVARIANT
};

struct InvariantText {
  std::string_view name, text;
};
inline constexpr InvariantText kInvariants[] = {
#define INVARIANT(name, text) {#name, text},
#include "invariants.def"
#undef INVARIANT
};
inline constexpr std::size_t kInvariantCount = std::size(kInvariants);

/// Those that are looked at.
using Looked = std::bitset<kInvariantCount>;

inline const InvariantText &text_of(Invariant invariant) { return kInvariants[static_cast<std::size_t>(invariant)]; }

}  // namespace tidegate::model

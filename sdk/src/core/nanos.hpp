#pragma once

#include <cstdint>

namespace tidegate::sdk {

/// Time in nanoseconds: a length, or a moment of the monotonic clock. The core never asks for the time; it is told.
using Nanos = std::uint64_t;

inline constexpr Nanos kNever = UINT64_MAX;
inline constexpr Nanos kSecond = 1'000'000'000;

/// a + b, and kNever instead of an overflow.
constexpr Nanos later(Nanos a, Nanos b) { return a > kNever - b ? kNever : a + b; }

/// How long from `now` to `then`; 0 when it is over.
constexpr Nanos until(Nanos then, Nanos now) { return then > now ? then - now : 0; }

}  // namespace tidegate::sdk

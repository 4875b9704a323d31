#pragma once

#include <cstdint>

namespace tidegate::sdk {

/// Time in nanoseconds: a length, or a moment of the monotonic clock. The core reads no clock: the time is a parameter.
using Nanos = std::uint64_t;

inline constexpr Nanos kNever = UINT64_MAX;
inline constexpr Nanos kSecond = 1'000'000'000;

/// Returns a + b, and kNever instead of an overflow.
constexpr Nanos later(Nanos a, Nanos b) { return a > kNever - b ? kNever : a + b; }

/// Returns the time from `now` to `then`; 0 when `then` has passed.
constexpr Nanos until(Nanos then, Nanos now) { return then > now ? then - now : 0; }

}  // namespace tidegate::sdk

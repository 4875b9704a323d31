#pragma once

#include <cstdint>

namespace tidegate::python {

inline double to_seconds(std::uint64_t ns) { return static_cast<double>(ns) * 1e-9; }

}  // namespace tidegate::python

#pragma once

#include <cstdint>
#include <optional>

#include "tidegate/service.hpp"

namespace tidegate::python {

/// A time limit. None or infinity: for ever. Throws py::value_error for a negative one or NaN.
Duration limit_of(std::optional<double> seconds);

/// A duration for an option where the ABI's 0 means "as usual": None is 0. Throws py::value_error unless it is above 0.
Duration option_of(std::optional<double> seconds, const char *name);

inline double to_seconds(std::uint64_t ns) { return static_cast<double>(ns) * 1e-9; }

}  // namespace tidegate::python

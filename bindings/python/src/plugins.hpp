#pragma once

#include <pybind11/pybind11.h>

#include "drain.hpp"

namespace tidegate::python {

/// PluginInfo and Metric, and the members of Host about plugins.
void bind_plugins(pybind11::module_ &module, HostClass &host);

}  // namespace tidegate::python

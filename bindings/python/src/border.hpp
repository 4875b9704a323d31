#pragma once

#include <pybind11/pybind11.h>

namespace tidegate::python {

/// Has every function and every object's end of this module counted by Lifetime, once all of them are bound. Not by a guard
/// of each function: pybind11 converts arguments, results and exceptions outside of those, and all three may run Python code.
void guard_border(pybind11::module_ &module);

}  // namespace tidegate::python

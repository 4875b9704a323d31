#pragma once

#include <pybind11/pybind11.h>

namespace tidegate::python {

void bind_host(pybind11::module_ &module);

}  // namespace tidegate::python

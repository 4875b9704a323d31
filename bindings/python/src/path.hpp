#pragma once

#include <pybind11/pybind11.h>

#include <string>

namespace tidegate::python {

/// A path as people give it: str, bytes or os.PathLike; None is empty.
std::string path_of(const pybind11::object &path);

}  // namespace tidegate::python

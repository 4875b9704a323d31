#pragma once

#include <pybind11/pybind11.h>

#include "lifetime.hpp"

namespace tidegate::python {

/// Calls a Python callable inside a callback. Returns: what it returned; a null object when it raised, which
/// sys.unraisablehook has been told.
template <class... Args>
pybind11::object call(const pybind11::object &function, Args &&...args) noexcept {
  try {
    const pybind11::tuple arguments = pybind11::make_tuple(std::forward<Args>(args)...);
    return pybind11::reinterpret_steal<pybind11::object>(call_unraisable(function.ptr(), arguments.ptr()));
  } catch (pybind11::error_already_set &error) {
    error.discard_as_unraisable(function);
  } catch (const std::exception &error) {
    PyErr_SetString(PyExc_RuntimeError, error.what());
    PyErr_WriteUnraisable(function.ptr());
  }
  return {};
}

}  // namespace tidegate::python

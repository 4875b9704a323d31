#pragma once

#include <pybind11/pybind11.h>

namespace tidegate::python {

/// A call as CPython makes it: the positional arguments, then the values of the arguments in `names`, a tuple or null.
struct PythonCall {
  PyObject *const *arguments;
  Py_ssize_t count;  // positional ones
  PyObject *names;
};

/// After a call of a function of this module has failed with TypeError: replaces pybind11's message, which lists the
/// signature only, by one that says which argument is missing, unknown, given twice or too many, or that self is of another
/// class. Leaves the exception as it is when the call fits the signature. `function` is what pybind11 binds.
void explain_misfit(PyObject *function, const PythonCall &call) noexcept;

}  // namespace tidegate::python

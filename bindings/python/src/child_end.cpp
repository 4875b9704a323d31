#include "child_end.hpp"

#include <pybind11/pybind11.h>
#include <unistd.h>

namespace py = pybind11;

namespace tidegate::python {
namespace {

/// Calls a function of a module, or of an object of it; an exception goes to sys.unraisablehook.
template <class Call>
void attempt(const char *what, Call call) {
  try {
    call();
  } catch (py::error_already_set &error) {
    error.discard_as_unraisable(what);
  }
}

/// Returns the exit code for the exception that is set, and shows it as the end of a main thread does.
int code_of_exception() {
  if (PyErr_ExceptionMatches(PyExc_SystemExit) == 0) {
    PyErr_Print();
    return 1;
  }
  const py::error_already_set raised;
  const py::object code = raised.value().attr("code");
  if (code.is_none()) return 0;
  if (PyLong_Check(code.ptr())) return static_cast<int>(PyLong_AsLong(code.ptr()));
  py::print(code, py::arg("file") = py::module_::import("sys").attr("stderr"));
  return 1;
}

}  // namespace

void end_child(bool returned) {
  int code = returned ? 0 : 1;
  if (!returned) attempt("SystemExit", [&] { code = code_of_exception(); });
  attempt("threading", [] { py::module_::import("threading").attr("_shutdown")(); });
  attempt("atexit", [] { py::module_::import("atexit").attr("_run_exitfuncs")(); });
  for (const char *const stream : {"stdout", "stderr"})
    attempt(stream, [&] {
      const py::object file = py::module_::import("sys").attr(stream);
      if (!file.is_none()) file.attr("flush")();
    });
  _exit(code);
}

}  // namespace tidegate::python

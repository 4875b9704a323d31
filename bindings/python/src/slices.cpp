#include "slices.hpp"

#include <pybind11/pybind11.h>

namespace tidegate::python {

Moment moment_after(Duration limit) {
  if (limit == kForever) return std::nullopt;
  return std::chrono::steady_clock::now() + limit;
}

void notice_signals() {
  if (PyErr_CheckSignals() != 0) throw pybind11::error_already_set();
  const Lifetime &lifetime = Lifetime::get();
  if (!lifetime.ending() || lifetime.is_last_thread()) return;
  PyErr_SetNone(PyExc_SystemExit);
  throw pybind11::error_already_set();
}

}  // namespace tidegate::python

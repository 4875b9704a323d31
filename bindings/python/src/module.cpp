#include <pybind11/pybind11.h>

#include "border.hpp"
#include "control.hpp"
#include "event.hpp"
#include "host.hpp"
#include "lifetime.hpp"
#include "open_host.hpp"
#include "service.hpp"
#include "subscription.hpp"
#include "ticket.hpp"
#include "vocabulary.hpp"

namespace py = pybind11;
using namespace tidegate;

PYBIND11_MODULE(_tidegate_of_main, module) {
  module.doc() = "The compiled part of the package tidegate.";
  module.attr("__version__") = py::str(view(tg_version()));
  python::bind_vocabulary();
  python::bind_ticket(module);
  python::bind_event(module);
  python::bind_subscription(module);
  python::bind_control(module);
  python::bind_service(module);
  python::bind_host(module);
  python::guard_border(module);
  // Not by a destructor: this has to happen while Python still runs, and before anything of it is taken down.
  py::module_::import("atexit").attr("register")(py::cpp_function([] {
    if (python::Lifetime::get().end()) python::OpenHost::close_all();
  }));
  py::module_::import("os").attr("register_at_fork")(py::arg("after_in_child") = py::cpp_function([] {
                                                       python::Lifetime::get().forget_other_threads();
                                                       python::OpenHost::forget_other_threads();
                                                     }));
}

/// What Python calls. The module's state is one for the process, and callbacks take the GIL of the main interpreter. Asked
/// here, as pybind11 takes that GIL before it makes a module, which in a subinterpreter is a deadlock.
extern "C" PYBIND11_EXPORT PyObject *PyInit__tidegate() {
  if (PyInterpreterState_Get() == PyInterpreterState_Main()) return PyInit__tidegate_of_main();
  PyErr_SetString(PyExc_ImportError, "tidegate works in the main interpreter only, and not in a subinterpreter");
  return nullptr;
}

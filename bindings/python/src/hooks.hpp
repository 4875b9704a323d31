#pragma once

#include <pybind11/pybind11.h>

#include "tidegate/service.h"

namespace tidegate::python {

/// A service's callbacks, as Python callables. They take the GIL on the thread that the library calls them on; an exception
/// goes to sys.unraisablehook and the host goes on. Made and destroyed with the GIL; lives as long as the host.
class Hooks {
 public:
  /// Each may be None. Throws py::type_error for what cannot be called.
  Hooks(pybind11::object start, pybind11::object stop, pybind11::object close, pybind11::object describe);

  /// Puts the callbacks that there are into the options, with this object as their user.
  void put_into(tg_service_options &options);

 private:
  pybind11::object start_, stop_, close_, describe_;
};

}  // namespace tidegate::python

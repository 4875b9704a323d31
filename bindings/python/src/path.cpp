#include "path.hpp"

namespace py = pybind11;

namespace tidegate::python {

std::string path_of(const py::object &path) {
  if (path.is_none()) return {};
  const py::object encoded = py::module_::import("os").attr("fsencode")(path);
  return py::bytes(encoded);
}

}  // namespace tidegate::python

#include "control.hpp"

#include <utility>

#include "lifetime.hpp"
#include "open_host.hpp"

namespace py = pybind11;

namespace tidegate::python {

void OpenControl::begin(tg_host *host, const std::string &directory) {
  const Away away;
  control_.emplace(host, directory);
  path_ = control_->path();
}

void OpenControl::close() {
  if (host_ == nullptr) return;
  if (InCallback::on_this_thread())
    throw Error(TG_E_MISUSE, "a control cannot be closed from inside a callback; close it elsewhere");
  const Use use(*host_);
  const auto host = std::move(host_);
  host->drop(*this);
  const Away away;
  end();
}

void bind_control(py::module_ &module) {
  py::class_<OpenControl, std::shared_ptr<OpenControl>>(module, "Control",
                                                        R"(A control socket, where the tidegate command reaches the host.

It stays open without being referred to, until close() or the end of its host. As a context manager it is closed at the end.)")
      .def_property_readonly("path", &OpenControl::path, "Path of the socket, as a str.")
      .def("close", &OpenControl::close,
           R"(Cuts the answers in progress and removes the socket, without the GIL. Does nothing the second time.

Raises Error E_MISUSE inside a callback.)")
      .def("__enter__", [](const py::object &self) { return self; })
      .def("__exit__", [](OpenControl &self, const py::object &, const py::object &, const py::object &) { self.close(); });
}

}  // namespace tidegate::python

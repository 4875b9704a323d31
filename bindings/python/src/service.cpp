#include "service.hpp"

#include <pybind11/stl.h>

#include <functional>

#include "argument.hpp"
#include "drain.hpp"
#include "lifetime.hpp"
#include "vocabulary.hpp"
#include "waiting.hpp"

namespace py = pybind11;

namespace tidegate::python {
namespace {

void start(const BoundService &bound, const Text<"actor"> &actor, const Text<"reason"> &reason) {
  const Use use(*bound.host);
  const Away away;
  bound.service.start({*actor, *reason});
}

void needs(const BoundService &bound, Object<BoundService, "needed"> needed) {
  const Use use(*bound.host);
  const Use other(*needed->host);
  const Away away;
  bound.service.needs(needed->service);
}

bool wait(const BoundService &bound, const py::object &until, Limit<"timeout"> timeout) {
  return wait_until(*bound.host, bound.service, bound.name, number(Words::until, until, "until"), timeout);
}

}  // namespace

ServiceClass bind_service(py::module_ &module) {
  const auto actor = py::arg("actor") = "";
  const auto reason = py::arg("reason") = "";
  const py::kw_only named;

  ServiceClass service(module, "Service",
                       R"(A named thing that admits sessions and has a status. Made by Host.add_service().

Any thread. actor and reason say who asks and why, and end up in the events. Each member but `name` raises Error, E_CLOSING, once the
host is closed.)");
  service
      .def_readonly("name", &BoundService::name,
                    "Name of the service, unique in its host; there also once the host is closed.")
      .def(
          "start", &start, named, actor, reason,
          R"(Starts it: events 25100, then 25101 or 25102; 25169 when it is held and stays Paused. Raises Error E_STATE or E_BUSY.

Returns when it is under way; see wait("running").)")
      .def("needs", &needs, py::arg("needed"),
           R"(Says that it needs another service of the host: it starts after that, and stops before it. needed: the other Service.

Raises Error E_STATE unless it is Stopped, E_INVALID when the other needs it.)")
      .def_property_readonly(
          "ready",
          [](const BoundService &bound) {
            static_cast<void>(bound.host->host());
            return bound.service.ready();
          },
          "Ready for new sessions, for a health probe: not while a drain is announced.")
      .def("wait", &wait, py::arg("until") = "drained", py::arg("timeout") = py::none(),
           R"(Waits for a moment, without the GIL.

until: Until or its label: "drained", "stopped", "running". timeout: seconds from 0; None: no limit.
"stopped" goes on when an operator drains and resumes the service.
Returns True; False when the time was over first. Raises Error E_ENDED when the moment can no longer come: the drain was called
off, or the service has failed; E_CLOSING when the host is closed meanwhile; E_MISUSE inside a callback, where only timeout=0 is
allowed. Ctrl-C raises KeyboardInterrupt on the main thread. At the interpreter's end a wait on another thread raises SystemExit.)")
      .def("__eq__",
           [](const BoundService &bound, const py::object &other) {
             if (!py::isinstance<BoundService>(other)) return false;
             const auto &second = other.cast<const BoundService &>();
             return bound.host == second.host && bound.service.handle() == second.service.handle();
           })
      .def("__hash__", [](const BoundService &bound) { return std::hash<const void *>{}(bound.service.handle()); })
      .def("__repr__", [](const BoundService &bound) { return "<tidegate.Service " + bound.name + ">"; });
  bind_drain(module, service);
  bind_admission(service);
  bind_info(module, service);
  return service;
}

}  // namespace tidegate::python

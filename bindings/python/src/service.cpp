#include "service.hpp"

#include <pybind11/stl.h>

#include <functional>

#include "lifetime.hpp"
#include "seconds.hpp"
#include "vocabulary.hpp"
#include "waiting.hpp"

namespace py = pybind11;

namespace tidegate::python {
namespace {

using Seconds = std::optional<double>;

void start(const BoundService &bound, const std::string &actor, const std::string &reason) {
  const Use use(*bound.host);
  const Away away;
  bound.service.start({actor, reason});
}

void drain(const BoundService &bound, Seconds deadline, Seconds kill_grace, const std::string &actor,
           const std::string &reason) {
  const DrainOptions options{option_of(deadline, "deadline"), option_of(kill_grace, "kill_grace"), {actor, reason}};
  const Use use(*bound.host);
  const Away away;
  bound.service.drain(options);
}

void stop(const BoundService &bound, bool graceful, Seconds deadline, Seconds kill_grace, const std::string &actor,
          const std::string &reason) {
  const DrainOptions options{option_of(deadline, "deadline"), option_of(kill_grace, "kill_grace"), {actor, reason}};
  if (!graceful && (deadline || kill_grace))
    throw py::value_error("a stop that is not graceful does not wait: deadline and kill_grace go with graceful=True");
  const Use use(*bound.host);
  const Away away;
  if (graceful)
    bound.service.stop_gracefully(options);
  else
    bound.service.stop(options.action);
}

void resume(const BoundService &bound, const std::string &actor, const std::string &reason) {
  const Use use(*bound.host);
  const Away away;
  bound.service.resume({actor, reason});
}

bool wait(const BoundService &bound, const py::object &until, Seconds timeout) {
  return wait_until(*bound.host, bound.service, bound.name, number(Words::until, until), limit_of(timeout));
}

}  // namespace

ServiceClass bind_service(py::module_ &module) {
  const auto actor = py::arg("actor") = "";
  const auto reason = py::arg("reason") = "";
  const auto deadline = py::arg("deadline") = py::none();
  const auto kill_grace = py::arg("kill_grace") = py::none();
  const py::kw_only named;

  ServiceClass service(module, "Service",
                       R"(A named thing that admits sessions and has a status. Made by Host.add_service().

Any thread. actor and reason say who asks and why, and end up in the events. Each member but `name` raises Error, E_CLOSING, once the
host is closed.)");
  service.def_readonly("name", &BoundService::name)
      .def("start", &start, named, actor, reason,
           R"(Starts it: events 25100, then 25101 or 25102. Raises Error E_STATE or E_BUSY.

Returns when it is under way; see wait("running").)")
      .def("drain", &drain, deadline, kill_grace, named, actor, reason,
           R"(From now on new sessions are refused, those in progress run on.

Events 25049, and 25050 when the last has left. Then the service stays Paused.
deadline: seconds above 0 from now, after which the sessions left are told to close (the close hook); None: wait for them.
kill_grace: seconds above 0 that they have then, before the service is Failed; None: 5.
Returns at once; see wait(). Raises Error E_STATE, E_CONFLICT while a stricter drain is in progress, or E_TOO_LATE.)")
      .def("stop", &stop, py::arg("graceful") = true, named, deadline, kill_grace, actor, reason, R"(Stops it.

Graceful: as drain(), then 25130 and 25003. Else now: the sessions left are told to close and counted in 25003.
Returns at once; see wait("stopped"). Raises Error as drain() does.)")
      .def("resume", &resume, named, actor, reason,
           "Opens a service that drains or is drained: events 25140 and 25141. Raises Error E_TOO_LATE or E_STATE.")
      .def("wait", &wait, py::arg("until") = "drained", py::arg("timeout") = py::none(),
           R"(Waits for a moment, without the GIL.

until: Until or its label: "drained", "stopped", "running". timeout: seconds from 0; None: no limit.
Returns True; False when the time was over first. Raises Error E_ENDED when it can no longer come, E_CLOSING when the host
is closed meanwhile, E_MISUSE inside a callback, where only timeout=0 is allowed. Ctrl-C raises KeyboardInterrupt on the main thread. At the interpreter's end a wait on
another thread raises SystemExit.)")
      .def("__eq__",
           [](const BoundService &bound, const py::object &other) {
             if (!py::isinstance<BoundService>(other)) return false;
             const auto &second = other.cast<const BoundService &>();
             return bound.host == second.host && bound.service.handle() == second.service.handle();
           })
      .def("__hash__", [](const BoundService &bound) { return std::hash<const void *>{}(bound.service.handle()); })
      .def("__repr__", [](const BoundService &bound) { return "<tidegate.Service " + bound.name + ">"; });
  bind_admission(service);
  bind_info(module, service);
  return service;
}

}  // namespace tidegate::python

#include "ticket.hpp"

#include "seconds.hpp"
#include "vocabulary.hpp"

namespace py = pybind11;

namespace tidegate::python {
namespace {

py::object self(const py::object &object) { return object; }

std::string shown(const Verdict &verdict) {
  if (verdict.code == TG_VERDICT_ADMITTED) return "<tidegate.Verdict admitted>";
  return "<tidegate.Verdict refused: " + verdict.text + ">";
}

}  // namespace

void bind_ticket(py::module_ &module) {
  py::class_<HeldTicket>(module, "Ticket", R"(A session's right to exist. True until it is released.

Released at the end of its with block, by release(), or when nobody refers to it any more, whichever is first.)")
      .def_property_readonly(
          "id", [](const HeldTicket &held) { return held.ticket.id(); },
          "Number of the session, which hooks and lists show; 0 once released.")
      .def(
          "release", [](HeldTicket &held) { check(held.ticket.release()); },
          R"(Ends the session, from any thread; does nothing the second time.

Raises Error E_STALE when it was released behind this object's back.)")
      .def("__enter__", &self)
      .def("__exit__", [](HeldTicket &held, const py::object &, const py::object &,
                          const py::object &) { check(held.ticket.release()); })
      .def("__bool__", [](const HeldTicket &held) { return static_cast<bool>(held.ticket); })
      .def("__repr__", [](const HeldTicket &held) {
        return held.ticket ? "<tidegate.Ticket " + std::to_string(held.ticket.id()) + ">" : "<tidegate.Ticket released>";
      });

  py::class_<HeldEntry>(module, "Entry", R"(Short work that is counted only. True until it has left.

Leaves at the end of its with block, by leave(), or when nobody refers to it any more, whichever is first.)")
      .def(
          "leave", [](HeldEntry &held) { held.entry.reset(); },
          "Ends the work, from any thread; does nothing the second time.")
      .def("__enter__", &self)
      .def("__exit__",
           [](HeldEntry &held, const py::object &, const py::object &, const py::object &) { held.entry.reset(); })
      .def("__bool__", [](const HeldEntry &held) { return held.entry.has_value(); });

  py::class_<Verdict>(module, "Verdict", "The answer to an admission; frozen. True when admitted.")
      .def_property_readonly("code", [](const Verdict &verdict) { return word(Words::verdict, verdict.code); })
      .def_property_readonly(
          "reason", [](const Verdict &verdict) { return word(Words::reason, verdict.reason); },
          "Reason of the refusal; NONE when admitted.")
      .def_property_readonly(
          "retry_after",
          [](const Verdict &verdict) -> py::object {
            if (verdict.retry_after_ns == 0) return py::none();
            return py::float_(to_seconds(verdict.retry_after_ns));
          },
          "Seconds after which to try again, spread by ± 20 %; None: no hint.")
      .def_readonly("text", &Verdict::text, "A sentence for the refused.")
      .def_readonly("ticket", &Verdict::ticket, "The Ticket when admitted, else None.")
      .def("__bool__", [](const Verdict &verdict) { return verdict.code == TG_VERDICT_ADMITTED; })
      .def("__repr__", &shown);
}

}  // namespace tidegate::python

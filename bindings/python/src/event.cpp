#include "event.hpp"

#include "seconds.hpp"
#include "tidegate/host.hpp"
#include "vocabulary.hpp"

namespace py = pybind11;

namespace tidegate::python {
namespace {

/// A text of the event, or None when it has none.
template <tg_str tg_event::*member>
py::object text(const Event &event) {
  const std::string_view value = view(event.abi().*member);
  return value.empty() ? py::object(py::none()) : py::str(value.data(), value.size());
}

/// A number of the process that asked, or None when that is the host's own.
template <std::uint32_t tg_event::*member>
py::object peer(const Event &event) {
  const tg_event abi = event.abi();
  return abi.peer_pid == 0 ? py::object(py::none()) : py::int_(abi.*member);
}

template <auto member>
auto number(const Event &event) {
  return event.abi().*member;
}

py::tuple key(const Event &event) {
  const tg_event abi = event.abi();
  return py::make_tuple(abi.boot_id, abi.sequence);
}

std::string shown(const Event &event) {
  const tg_event abi = event.abi();
  return "<tidegate.Event " + std::to_string(abi.sequence) + ": " + std::to_string(abi.number) + " " +
         std::string(view(abi.service)) + ": " + std::string(view(abi.text)) + ">";
}

}  // namespace

Event::Event(const tg_event &event)
    : event_(event),
      service_(view(event.service)),
      actor_(view(event.actor)),
      reason_(view(event.reason)),
      text_(view(event.text)) {}

tg_event Event::abi() const {
  tg_event out = event_;
  out.service = str(service_);
  out.actor = str(actor_);
  out.reason = str(reason_);
  out.text = str(text_);
  return out;
}

void bind_event(py::module_ &module) {
  py::class_<Event>(module, "Event", "A numbered record of what happened; frozen. Equal when boot_id and sequence are.")
      .def_property_readonly(
          "number", [](const Event &event) { return word(Words::event, event.abi().number); },
          "EventNumber, or an int that this version does not know.")
      .def_property_readonly("service", &text<&tg_event::service>,
                             "Name of the service that the event is about; None: it is about the host.")
      .def_property_readonly("live", &number<&tg_event::live>, "Sessions, children and entries that held the service then.")
      .def_property_readonly("count", &number<&tg_event::count>,
                             "Number that the event is about, as its text says, such as of refusals; 0: none.")
      .def_property_readonly("actor", &text<&tg_event::actor>, "Name of the actor who asked for it; None: nobody did.")
      .def_property_readonly("reason", &text<&tg_event::reason>, "Reason that the actor gave; None: none was given.")
      .def_property_readonly("text", &text<&tg_event::text>, "Sentence that says what happened; None: the number says all.")
      .def_property_readonly("peer_uid", &peer<&tg_event::peer_uid>,
                             "The user of the process that asked, as the kernel knows it, or None: it was the host's own.")
      .def_property_readonly("peer_pid", &peer<&tg_event::peer_pid>,
                             "The process that asked, or None: it was the host's own.")
      .def_property_readonly("epoch", &number<&tg_event::epoch>, "Which drain of the service, from 1; 0: none yet.")
      .def_property_readonly("sequence", &number<&tg_event::sequence>,
                             "Position of the event among those of its host: 1, 2, 3 and on, without a gap.")
      .def_property_readonly(
          "boot_id", &number<&tg_event::boot_id>,
          "Number of the host that made the event, at random for each Host, so that two runs can be told apart.")
      .def_property_readonly(
          "time", [](const Event &event) { return static_cast<double>(event.abi().unix_ns) * 1e-9; },
          "Wall time in seconds since 1970, as time.time().")
      .def_property_readonly(
          "monotonic", [](const Event &event) { return to_seconds(event.abi().monotonic_ns); },
          "Time of the event in seconds on the clock of time.monotonic().")
      .def_property_readonly(
          "severity", [](const Event &event) { return word(Words::severity, event.abi().severity); },
          "Severity of the event.")
      .def_property_readonly(
          "status",
          [](const Event &event) {
            const std::uint32_t status = event.abi().status;
            return status == 0 ? py::object(py::none()) : word(Words::status, status);
          },
          "Status of the service right after the event; None: the event is about the host.")
      .def_property_readonly(
          "phase", [](const Event &event) { return word(Words::phase, event.abi().phase); },
          "Phase of the service right after the event.")
      .def(
          "json", [](const Event &event) { return format(event.abi(), TG_FORMAT_JSON); },
          "The event as one line of JSON, as the log writes it.")
      .def("__str__", [](const Event &event) { return format(event.abi(), TG_FORMAT_TEXT); })
      .def("__repr__", &shown)
      .def("__eq__",
           [](const Event &event, const py::object &other) {
             return py::isinstance<Event>(other) && key(event).equal(key(other.cast<const Event &>()));
           })
      .def("__hash__", [](const Event &event) { return py::hash(key(event)); });
}

}  // namespace tidegate::python

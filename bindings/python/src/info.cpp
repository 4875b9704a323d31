#include <pybind11/stl.h>

#include "argument.hpp"
#include "lifetime.hpp"
#include "peer.hpp"
#include "seconds.hpp"
#include "service.hpp"
#include "vocabulary.hpp"

namespace py = pybind11;

namespace tidegate::python {
namespace {

/// A service at one moment, with texts that stay when the host does not.
struct ServiceInfo {
  explicit ServiceInfo(const tg_service_info &info) : abi(info), name(view(info.name)), activity(view(info.activity)) {}

  tg_service_info abi;
  std::string name, activity;
};

std::string shown(const ServiceInfo &info) {
  return "<tidegate.ServiceInfo " + info.name + " status=" + std::to_string(info.abi.status) + " " + info.activity + "=" +
         std::to_string(info.abi.sessions) + ">";
}

template <std::uint64_t tg_service_info::*member>
std::uint64_t count(const ServiceInfo &info) {
  return info.abi.*member;
}

void bind_service_info(py::module_ &module) {
  using Abi = tg_service_info;
  py::class_<ServiceInfo>(module, "ServiceInfo", "A service at one moment; frozen.")
      .def_readonly("name", &ServiceInfo::name, "Name of the service.")
      .def_readonly("activity", &ServiceInfo::activity,
                    "Words for the sessions of the service, such as \"Concurrent Calls\".")
      .def_property_readonly(
          "status", [](const ServiceInfo &info) { return word(Words::status, info.abi.status); }, "Status of the service.")
      .def_property_readonly(
          "phase", [](const ServiceInfo &info) { return word(Words::phase, info.abi.phase); }, "Phase of its last drain.")
      .def_property_readonly(
          "intent", [](const ServiceInfo &info) { return word(Words::intent, info.abi.intent); },
          "Intent of the drain in progress: what follows it.")
      .def_property_readonly("epoch", &count<&Abi::epoch>, "Number of the last drain of the service, from 1; 0: none yet.")
      .def_property_readonly("sessions", &count<&Abi::sessions>,
                             "Number of live sessions, children not counted: the activity.")
      .def_property_readonly("children", &count<&Abi::children>, "Number of live sessions of kind CHILD.")
      .def_property_readonly("entries", &count<&Abi::entries>, "Number of entries inside: short work in progress.")
      .def_property_readonly("at_drain", &count<&Abi::at_drain>,
                             "Number of sessions, children and entries when the last drain started.")
      .def_property_readonly("admitted", &count<&Abi::admitted>, "Number of sessions and children admitted so far.")
      .def_property_readonly("refused", &count<&Abi::refused>, "Number of admissions refused so far.")
      .def_property_readonly("max_sessions", &count<&Abi::max_sessions>,
                             "Maximum of sessions, children not counted; 0: none.")
      .def_property_readonly(
          "deadline_left",
          [](const ServiceInfo &info) -> py::object {
            if (info.abi.deadline_left_ns == TG_FOREVER) return py::none();
            return py::float_(to_seconds(info.abi.deadline_left_ns));
          },
          "Seconds until the deadline of the drain in progress; 0: it is over; None: there is none.")
      .def_property_readonly(
          "ready", [](const ServiceInfo &info) { return info.abi.ready != 0; },
          "True when the service is ready for new sessions, as Service.ready.")
      .def_property_readonly(
          "holds", [](const ServiceInfo &info) { return info.abi.holds; }, "Number of holds that keep the service paused.")
      .def_property_readonly(
          "at_deadline", [](const ServiceInfo &info) { return word(Words::deadline, info.abi.at_deadline); },
          "Deadline: what happens at the deadline of the drain in progress.")
      .def_property_readonly(
          "limit", &count<&Abi::limit>,
          "Number of sessions that it may have now: max_sessions, or less while it ramps up; 0: no limit.")
      .def_property_readonly("told", &count<&Abi::told>, "Number of sessions that were asked to leave in this drain.")
      .def_property_readonly(
          "checkpoint", &count<&Abi::checkpoint>,
          "Number that grows with each session and entry that leaves: a drain in which it stands still is stuck.")
      .def_property_readonly(
          "wait_hint",
          [](const ServiceInfo &info) -> py::object {
            if (info.abi.wait_hint_ns == TG_FOREVER) return py::none();
            return py::float_(to_seconds(info.abi.wait_hint_ns));
          },
          "Seconds after which the drain in progress should be over; None: not known.")
      .def_property_readonly(
          "status_since", [](const ServiceInfo &info) { return to_seconds(info.abi.status_since_ns); },
          "Seconds for which the status has been what it is.")
      .def("__repr__", &shown);
}

void bind_session_info(py::module_ &module) {
  using Abi = tg_session_info;
  py::class_<Abi>(module, "SessionInfo", "A live session at one moment; frozen.")
      .def_readonly("ticket", &Abi::ticket, "Number of the session in its service: the id of its Ticket.")
      .def_readonly("tag", &Abi::tag, "Number that the server gave it at admission; 0: none.")
      .def_property_readonly(
          "age", [](const Abi &session) { return to_seconds(session.age_ns); },
          "Seconds since the session was admitted, in steps of the kernel's tick (1 to 10 ms).")
      .def_property_readonly(
          "kind", [](const Abi &session) { return word(Words::kind, session.kind); }, "Kind of the session.")
      .def_property_readonly(
          "session_class", [](const Abi &session) { return word(Words::session_class, session.session_class); },
          "Class of the session.")
      .def_readonly("key", &Abi::key, "Affinity key that the server gave it at admission; 0: none.")
      .def_property_readonly(
          "idle", [](const Abi &session) { return (session.flags & TG_SESSION_IDLE) != 0; },
          "True when the server has said that nothing goes on in the session: Ticket.idle().")
      .def_property_readonly(
          "told", [](const Abi &session) { return (session.flags & TG_SESSION_TOLD) != 0; },
          "True when the session was asked to leave: the notice hook.")
      .def_property_readonly(
          "acknowledged", [](const Abi &session) { return (session.flags & TG_SESSION_ACKNOWLEDGED) != 0; },
          "True when its peer knows that it should leave, and will: Ticket.acknowledge().")
      .def_property_readonly(
          "quiet", [](const Abi &session) { return to_seconds(session.quiet_ns); },
          "Seconds since it was admitted or the server last said something about it.")
      .def_property_readonly(
          "peer", [](const Abi &session) { return peer_shown(session.peer); },
          "Address of the peer as (host, port), a str and an int; None: not known.")
      .def("__repr__", [](const Abi &session) {
        return "<tidegate.SessionInfo " + std::to_string(session.ticket) + " tag=" + std::to_string(session.tag) + ">";
      });
}

ServiceInfo info(const BoundService &bound) {
  const Use use(*bound.host);
  const Away away;
  return ServiceInfo(bound.service.info());
}

}  // namespace

void bind_info(py::module_ &module, ServiceClass &service) {
  bind_service_info(module);
  bind_session_info(module);
  service.def("info", &info, "Returns what the service is doing at this moment: a ServiceInfo.")
      .def_property_readonly(
          "status", [](const BoundService &bound) { return word(Words::status, info(bound).abi.status); },
          "Status of the service at this moment.")
      .def(
          "sessions",
          [](const BoundService &bound, Whole<"limit", UINT32_MAX> limit) {
            const Use use(*bound.host);
            const Away away;
            return bound.service.sessions(static_cast<std::uint32_t>(*limit));
          },
          py::arg("limit") = 0,
          R"(Returns the live sessions: a list of SessionInfo. limit: how many at most, up to 2**32 - 1; 0: all.

Admissions go on meanwhile: one that comes or goes during the call may or may not be in it.)")
      .def(
          "blockers",
          [](const BoundService &bound, Whole<"limit", UINT32_MAX> limit) {
            const Use use(*bound.host);
            const Away away;
            return bound.service.blockers(static_cast<std::uint32_t>(*limit));
          },
          py::arg("limit") = 0, R"(Returns the sessions that keep a drain from completing: a list of SessionInfo.

Sessions that will not leave by themselves come first, the oldest before the others. limit: how many at most; 0: 100.)")
      .def(
          "describe",
          [](const BoundService &bound, Object<tg_session_info, "session"> session) {
            const Use use(*bound.host);
            const Away away;
            return bound.service.describe(*session);
          },
          py::arg("session"),
          R"(Returns the text of the service's describe hook for a session: which it is, for people; empty: there is none.

session: a SessionInfo of this service. The hook runs on this thread.)");
}

}  // namespace tidegate::python

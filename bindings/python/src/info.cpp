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
      .def_readonly("name", &ServiceInfo::name)
      .def_readonly("activity", &ServiceInfo::activity, "What its sessions are called.")
      .def_property_readonly("status", [](const ServiceInfo &info) { return word(Words::status, info.abi.status); })
      .def_property_readonly("phase", [](const ServiceInfo &info) { return word(Words::phase, info.abi.phase); })
      .def_property_readonly(
          "intent", [](const ServiceInfo &info) { return word(Words::intent, info.abi.intent); },
          "What follows the drain, while one is in progress.")
      .def_property_readonly("epoch", &count<&Abi::epoch>, "Number of the last drain; 0: none yet.")
      .def_property_readonly("sessions", &count<&Abi::sessions>, "Live sessions, children not counted: the activity.")
      .def_property_readonly("children", &count<&Abi::children>, "Live CHILD sessions.")
      .def_property_readonly("entries", &count<&Abi::entries>, "Short work inside.")
      .def_property_readonly("at_drain", &count<&Abi::at_drain>, "All three when the last drain started.")
      .def_property_readonly("admitted", &count<&Abi::admitted>, "Sessions and children admitted so far.")
      .def_property_readonly("refused", &count<&Abi::refused>, "Admissions refused so far.")
      .def_property_readonly("max_sessions", &count<&Abi::max_sessions>, "0: no maximum.")
      .def_property_readonly(
          "deadline_left",
          [](const ServiceInfo &info) -> py::object {
            if (info.abi.deadline_left_ns == TG_FOREVER) return py::none();
            return py::float_(to_seconds(info.abi.deadline_left_ns));
          },
          "Seconds until the deadline; None: there is none.")
      .def_property_readonly(
          "ready", [](const ServiceInfo &info) { return info.abi.ready != 0; }, "Ready for new sessions.")
      .def_property_readonly(
          "holds", [](const ServiceInfo &info) { return info.abi.holds; }, "How many hold it paused.")
      .def_property_readonly(
          "at_deadline", [](const ServiceInfo &info) { return word(Words::deadline, info.abi.at_deadline); },
          "What happens at the deadline.")
      .def_property_readonly("limit", &count<&Abi::limit>, "Sessions it may have now, while it ramps up; 0: no limit.")
      .def_property_readonly("told", &count<&Abi::told>, "Sessions asked to go in this drain.")
      .def_property_readonly("checkpoint", &count<&Abi::checkpoint>, "Grows with each that leaves.")
      .def_property_readonly(
          "wait_hint",
          [](const ServiceInfo &info) -> py::object {
            if (info.abi.wait_hint_ns == TG_FOREVER) return py::none();
            return py::float_(to_seconds(info.abi.wait_hint_ns));
          },
          "Seconds after which the drain in progress should be over; None: not known.")
      .def_property_readonly(
          "status_since", [](const ServiceInfo &info) { return to_seconds(info.abi.status_since_ns); },
          "For how many seconds the status has been what it is.")
      .def("__repr__", &shown);
}

void bind_session_info(py::module_ &module) {
  using Abi = tg_session_info;
  py::class_<Abi>(module, "SessionInfo", "A live session at one moment; frozen.")
      .def_readonly("ticket", &Abi::ticket, "Number of the session: the id of its Ticket.")
      .def_readonly("tag", &Abi::tag, "The server's own number for it.")
      .def_property_readonly(
          "age", [](const Abi &session) { return to_seconds(session.age_ns); }, "Seconds since it was admitted.")
      .def_property_readonly("kind", [](const Abi &session) { return word(Words::kind, session.kind); })
      .def_property_readonly("session_class",
                             [](const Abi &session) { return word(Words::session_class, session.session_class); })
      .def_readonly("key", &Abi::key, "Affinity key; 0: none.")
      .def_property_readonly(
          "idle", [](const Abi &session) { return (session.flags & TG_SESSION_IDLE) != 0; }, "Nothing goes on in it.")
      .def_property_readonly(
          "told", [](const Abi &session) { return (session.flags & TG_SESSION_TOLD) != 0; }, "It was asked to go.")
      .def_property_readonly(
          "acknowledged", [](const Abi &session) { return (session.flags & TG_SESSION_ACKNOWLEDGED) != 0; },
          "Its peer has said that it will.")
      .def_property_readonly(
          "quiet", [](const Abi &session) { return to_seconds(session.quiet_ns); },
          "Seconds since it was admitted or the server last said something about it.")
      .def_property_readonly(
          "peer", [](const Abi &session) { return peer_shown(session.peer); },
          "(host, port), or None when it is not known.")
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
  service.def("info", &info, "What the service is doing: a ServiceInfo.")
      .def_property_readonly(
          "status", [](const BoundService &bound) { return word(Words::status, info(bound).abi.status); },
          "Its Status now.")
      .def(
          "sessions",
          [](const BoundService &bound, Whole<"limit", UINT32_MAX> limit) {
            const Use use(*bound.host);
            const Away away;
            return bound.service.sessions(static_cast<std::uint32_t>(*limit));
          },
          py::arg("limit") = 0, R"(The live sessions, as a list of SessionInfo, `limit` at most; 0: all.

Admissions go on meanwhile: one that comes or goes during the call may or may not be in it.)")
      .def(
          "blockers",
          [](const BoundService &bound, Whole<"limit", UINT32_MAX> limit) {
            const Use use(*bound.host);
            const Away away;
            return bound.service.blockers(static_cast<std::uint32_t>(*limit));
          },
          py::arg("limit") = 0, R"(The sessions that keep a drain from completing, as a list of SessionInfo.

Those that will not go by themselves come first, the oldest before the others; `limit` at most; 0: 100.)")
      .def(
          "describe",
          [](const BoundService &bound, Object<tg_session_info, "session"> session) {
            const Use use(*bound.host);
            const Away away;
            return bound.service.describe(*session);
          },
          py::arg("session"), "The text of the service's describe hook for a SessionInfo; empty when there is none.");
}

}  // namespace tidegate::python

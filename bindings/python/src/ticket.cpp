#include "ticket.hpp"

#include <pybind11/stl.h>

#include "seconds.hpp"
#include "tidegate/response.h"
#include "vocabulary.hpp"

namespace py = pybind11;

namespace tidegate::python {
namespace {

py::object self(const py::object &object) { return object; }

/// Ends the session. The hook of a plugin's policy runs inside, without the GIL. A host that is being closed is kept open
/// for it; one that is closed has no live session, so that there is nothing to release any more.
tg_result release(HeldTicket &held) {
  if (!held.ticket) return TG_OK;
  if (!held.host->has_run_plugins()) return held.ticket.release();
  Ticket ticket = std::move(held.ticket);  // whoever releases it meanwhile finds it released
  held.host->keep_open();
  tg_result result;
  {
    const Away away;
    result = ticket.release();
  }
  held.host->let_close();
  return result;
}

std::string shown(const Verdict &verdict) {
  if (verdict.code == TG_VERDICT_ADMITTED) return "<tidegate.Verdict admitted>";
  return "<tidegate.Verdict refused: " + verdict.text + ">";
}

/// A refusal as a protocol says it, with texts that stay.
struct Response {
  explicit Response(const tg_response &abi)
      : code(abi.code),
        phrase(view(abi.phrase)),
        retry_name(view(abi.retry_name)),
        retry_value(abi.retry_value),
        redirect_name(view(abi.redirect_name)),
        redirect(view(abi.redirect)) {}

  std::uint32_t code;
  std::string phrase, retry_name;
  std::uint64_t retry_value;
  std::string redirect_name, redirect;
};

Response response(const Verdict &verdict, const py::object &protocol) {
  tg_verdict abi = TG_INIT(tg_verdict);
  abi.code = verdict.code;
  abi.reason = verdict.reason;
  abi.retry_after_ns = verdict.retry_after_ns;
  abi.text = str(verdict.text);
  abi.redirect = str(verdict.redirect);
  tg_response out = TG_INIT(tg_response);
  check(tg_verdict_response(&abi, number(Words::protocol, protocol, "protocol"), &out));
  return Response(out);
}

py::dict headers(const Response &response) {
  py::dict out;
  if (!response.retry_name.empty()) out[py::str(response.retry_name)] = std::to_string(response.retry_value);
  if (!response.redirect_name.empty()) out[py::str(response.redirect_name)] = response.redirect;
  return out;
}

void bind_response(py::module_ &module) {
  py::class_<Response>(module, "Response", "What a refused peer is told in its own protocol; frozen.")
      .def_readonly("code", &Response::code, "Status code in HTTP, SIP and SMTP, such as 503; status number in gRPC, such as 14.")
      .def_readonly("phrase", &Response::phrase, "Words that go with the code, such as \"Service Unavailable\".")
      .def_property_readonly(
          "headers", &headers,
          "Headers that say when to come again and where else to go: a dict of str; empty when there is neither.")
      .def("__repr__", [](const Response &response) {
        return "<tidegate.Response " + std::to_string(response.code) + " " + response.phrase + ">";
      });
}

}  // namespace

HeldTicket::~HeldTicket() {
  if (!ticket || !host) return;
  release(*this);
}

void bind_ticket(py::module_ &module) {
  bind_response(module);
  py::class_<HeldTicket>(module, "Ticket", R"(A session's right to exist. True until it is released.

Released at the end of its with block, by release(), or when nobody refers to it any more, whichever is first.)")
      .def_property_readonly(
          "id", [](const HeldTicket &held) { return held.ticket.id(); },
          "Number of the session, which hooks and lists show; 0 once released.")
      .def(
          "release", [](HeldTicket &held) { check(release(held)); },
          R"(Ends the session, from any thread; does nothing the second time.

Raises Error E_STALE when it was released behind this object's back.)")
      .def(
          "active", [](const HeldTicket &held) { check(held.ticket.active()); },
          R"(Says that something goes on in the session: it is no longer idle. From any thread; does nothing once released.)")
      .def(
          "idle", [](const HeldTicket &held) { check(held.ticket.idle()); },
          R"(Says that nothing goes on in the session at the moment: it may be closed first. From any thread; does nothing once released.)")
      .def(
          "acknowledge", [](const HeldTicket &held) { check(held.ticket.acknowledge()); },
          R"(Says that the peer of the session knows that it should leave, and will. From any thread; does nothing once released.)")
      .def("__enter__", &self)
      .def("__exit__",
           [](HeldTicket &held, const py::object &, const py::object &, const py::object &) { check(release(held)); })
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
      .def_property_readonly(
          "code", [](const Verdict &verdict) { return word(Words::verdict, verdict.code); },
          "VerdictCode: ADMITTED, or how it was refused.")
      .def_property_readonly(
          "reason", [](const Verdict &verdict) { return word(Words::reason, verdict.reason); },
          "Reason of the refusal; Reason.NONE when admitted.")
      .def_property_readonly(
          "retry_after",
          [](const Verdict &verdict) -> py::object {
            if (verdict.retry_after_ns == 0) return py::none();
            return py::float_(to_seconds(verdict.retry_after_ns));
          },
          "Seconds after which to try again, spread so that not all come back at once; None: no hint.")
      .def_readonly("text", &Verdict::text, "Sentence for the refused peer; empty when admitted.")
      .def_readonly("redirect", &Verdict::redirect, "Address where the refused peer should go instead; empty: nowhere.")
      .def("response", &response, py::arg("protocol"), R"(What a refused peer is told in its protocol, as a Response.

protocol: Protocol or its label: "http", "sip", "grpc", "smtp". Raises Error E_INVALID when it was admitted.)")
      .def_readonly("ticket", &Verdict::ticket, "Ticket of the session when admitted by try_admit(), else None.")
      .def("__bool__", [](const Verdict &verdict) { return verdict.code == TG_VERDICT_ADMITTED; })
      .def("__repr__", &shown);
}

}  // namespace tidegate::python

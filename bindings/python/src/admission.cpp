// The path that costs: it keeps the GIL as long as nothing in it can wait, see with_policies().

#include "argument.hpp"
#include "peer.hpp"
#include "service.hpp"
#include "ticket.hpp"
#include "vocabulary.hpp"

namespace py = pybind11;

namespace tidegate::python {
namespace {

tg_ticket parent_of(const py::handle &parent) {
  if (py::isinstance<HeldTicket>(parent)) return parent.cast<const HeldTicket &>().ticket.id();
  if (PyLong_Check(parent.ptr()) && !PyBool_Check(parent.ptr())) return read_whole(parent, "parent", 0, UINT64_MAX);
  refuse_type(parent, "parent", "a Ticket, the id of one, or None");
}

tg_request request_of(const py::handle &kind, const py::handle &parent, std::uint64_t tag, const py::handle &peer,
                      const py::handle &session_class, std::uint64_t key) {
  tg_request out = TG_INIT(tg_request);
  out.kind = kind.is_none() ? (parent.is_none() ? TG_KIND_NEW : TG_KIND_CHILD) : number(Words::kind, kind, "kind");
  if ((out.kind == TG_KIND_CHILD) != !parent.is_none())
    throw py::value_error(parent.is_none() ? "kind: a CHILD needs the ticket that it belongs to, as parent"
                                           : "parent: only a CHILD has a parent");
  if (!parent.is_none()) out.parent = parent_of(parent);
  out.tag = tag;
  out.peer = peer_of(peer);
  out.session_class = number(Words::session_class, session_class, "session_class");
  out.key = key;
  return out;
}

Verdict verdict_of(const tg_verdict &verdict) {
  Verdict out;
  out.code = verdict.code;
  out.reason = verdict.reason;
  out.retry_after_ns = verdict.retry_after_ns;
  out.text = view(verdict.text);
  out.redirect = view(verdict.redirect);
  return out;
}

Admitted ask(const BoundService &bound, const tg_request &request) {
  return with_policies(*bound.host, [&] { return bound.service.admit(request); });
}

HeldTicket admit(const BoundService &bound, const py::object &kind, const py::object &parent, Whole<"tag"> tag,
                 const py::object &peer, const py::object &session_class, Whole<"key"> key) {
  Admitted admitted = ask(bound, request_of(kind, parent, tag, peer, session_class, key));
  if (!admitted) throw_refused(py::cast(verdict_of(admitted.verdict)));
  return {bound.host, std::move(admitted.ticket)};
}

Verdict try_admit(const BoundService &bound, const py::object &kind, const py::object &parent, Whole<"tag"> tag,
                  const py::object &peer, const py::object &session_class, Whole<"key"> key) {
  Admitted admitted = ask(bound, request_of(kind, parent, tag, peer, session_class, key));
  Verdict verdict = verdict_of(admitted.verdict);
  if (admitted) verdict.ticket = py::cast(HeldTicket{bound.host, std::move(admitted.ticket)});
  return verdict;
}

/// The library says no more than no to an entry: the reason is what the service looks like right after it.
[[noreturn]] void refuse_entry(const BoundService &bound, bool child) {
  tg_service_info info;
  {
    const Use use(*bound.host);
    const Away away;
    info = bound.service.info();
  }
  Verdict verdict;
  verdict.reason = TG_REASON_STOPPED;
  if (info.status == TG_STATUS_FAILED || info.phase == TG_PHASE_CLOSING) verdict.reason = TG_REASON_CLOSING;
  if (info.status == TG_STATUS_PAUSED || info.status == TG_STATUS_PAUSE_PENDING) verdict.reason = TG_REASON_PAUSED;
  if (info.status == TG_STATUS_RUNNING) verdict.reason = child ? TG_REASON_PARENT_GONE : TG_REASON_PAUSED;
  if (child && info.phase == TG_PHASE_DRAINING) verdict.reason = TG_REASON_PARENT_GONE;
  verdict.text = bound.name + (child ? " takes no more work for this session" : " takes no new work");
  throw_refused(py::cast(std::move(verdict)));
}

HeldEntry hold(const BoundService &bound, Entry entry, bool child) {
  if (!entry) refuse_entry(bound, child);
  HeldEntry out{bound.host, std::nullopt};
  out.entry.emplace(std::move(entry));
  return out;
}

HeldEntry enter(const BoundService &bound) {
  static_cast<void>(bound.host->host());
  return hold(bound, bound.service.enter(), false);
}

HeldEntry enter_child(const BoundService &bound, Object<HeldTicket, "parent"> parent) {
  static_cast<void>(bound.host->host());
  return hold(bound, bound.service.enter_child(parent->ticket), true);
}

}  // namespace

void bind_admission(ServiceClass &service) {
  const auto kind = py::arg("kind") = py::none();
  const auto parent = py::arg("parent") = py::none();
  const auto tag = py::arg("tag") = 0;
  const auto peer = py::arg("peer") = py::none();
  const auto session_class = py::arg("session_class") = "normal";
  const auto key = py::arg("key") = 0;
  service
      .def("admit", &admit, kind, parent, tag, peer, session_class, key,
           R"(Admits a session: `with service.admit(peer="192.0.2.1:5060"): …`

kind: Kind or its label; by default CHILD when there is a parent, else NEW. parent: the Ticket, or the id of one, that a CHILD
belongs to. tag: a number of the server's own from 0 to 2**64 - 1, which hooks and lists show. peer: "192.0.2.1:5060",
"[2001:db8::1]:5060", either without a port, a (host, port), or None. session_class: Class or its label. key: what ties sessions
together, 0 to 2**64 - 1; by option of the drain an AFFINITY session whose key is live is admitted; 0: none.
Returns the Ticket; raises Refused with the verdict. Never waits.)")
      .def("try_admit", &try_admit, kind, parent, tag, peer, session_class, key,
           R"(Asks as admit() does, and returns the Verdict, refused or not.

It is true when admitted, and has the ticket then:

    verdict = service.try_admit()
    if verdict.ticket:
        with verdict.ticket:
            ...)")
      .def("enter", &enter, R"(Admits short work that is only counted, and holds a drain open: `with service.enter(): …`

No policy is asked. Returns the Entry; raises Refused, whose reason is what the service looked like right after it. Never waits.)")
      .def(
          "enter_child", &enter_child, py::arg("parent"),
          R"(Admits short work inside the live session of `parent`, a Ticket, as enter() does: also while the service drains.)");
}

}  // namespace tidegate::python

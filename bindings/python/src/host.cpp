#include "host.hpp"

#include <pybind11/stl.h>

#include <utility>

#include "argument.hpp"
#include "control.hpp"
#include "drain.hpp"
#include "event.hpp"
#include "lifetime.hpp"
#include "open_host.hpp"
#include "plugins.hpp"
#include "service.hpp"
#include "subscription.hpp"
#include "vocabulary.hpp"
#include "waiting.hpp"

namespace py = pybind11;

namespace tidegate::python {
namespace {

std::shared_ptr<OpenHost> open(const Text<"name"> &name, const py::object &loop, const py::object &log,
                               const PathOrNone<"log_path"> &log_path, Whole<"session_capacity"> session_capacity,
                               const PathOrNone<"state_directory"> &state_directory,
                               const Texts<"denied_plugins"> &denied_plugins) {
  tg_host_options options = TG_INIT(tg_host_options);
  options.name = str(*name);
  options.loop = number(Words::loop, loop, "loop");
  options.log_format = number(Words::format, log, "log");
  if (log_path) options.log_path = str(*log_path);
  options.session_capacity = session_capacity;
  if (state_directory) options.state_directory = str(*state_directory);
  std::vector<tg_str> denied;
  for (const std::string &entry : *denied_plugins) denied.push_back(str(entry));
  options.denied_plugins = denied.data();
  options.denied_count = denied.size();
  return OpenHost::open(options);
}

/// Returns nanoseconds for an option where 0 means "as usual".
std::uint64_t or_usual(const std::optional<Duration> &seconds) { return to_ns(seconds.value_or(Duration(0))); }

BoundService add_service(OpenHost &host, const Text<"name"> &name, const TextOrNone<"activity"> &activity,
                         Whole<"max_sessions"> max_sessions, Seconds<"retry_after"> retry_after, py::object start,
                         py::object stop, py::object close, py::object describe, py::object notice,
                         const Text<"redirect"> &redirect, Percent<"retry_jitter"> retry_jitter,
                         Seconds<"stalled_after"> stalled_after, Seconds<"ramp"> ramp, Whole<"ramp_from", 100> ramp_from,
                         Flag<"start_paused"> start_paused, const py::object &drain) {
  tg_service_options options = TG_INIT(tg_service_options);
  options.name = str(*name);
  if (activity) options.activity = str(*activity);
  options.max_sessions = max_sessions;
  options.retry_after_ns = or_usual(retry_after);
  options.redirect = str(*redirect);
  options.retry_jitter_percent = retry_jitter.value.value_or(0);
  options.stalled_after_ns = or_usual(stalled_after);
  options.ramp_ns = or_usual(ramp);
  options.ramp_from_percent = static_cast<std::uint32_t>(*ramp_from);
  options.start_paused = start_paused ? 1 : 0;
  const UsualDrain usual(drain);
  options.drain = usual.abi();
  auto hooks =
      std::make_unique<Hooks>(std::move(start), std::move(stop), std::move(close), std::move(describe), std::move(notice));
  return {host.shared_from_this(), host.add_service(options, std::move(hooks))};
}

std::vector<BoundService> services(OpenHost &host) {
  std::vector<BoundService> out;
  const Use use(host);
  const Away away;
  for (const Service &service : use->services()) out.emplace_back(host.shared_from_this(), service);
  return out;
}

std::vector<Event> events(OpenHost &host, Whole<"after"> after) {
  std::vector<Event> out;
  const Use use(host);
  const Away away;
  use->events(after, [&out](const tg_event &event) { out.emplace_back(event); });
  return out;
}

std::shared_ptr<Subscription> on_event(OpenHost &host, py::object callback, WholeOrNone<"after"> after) {
  return host.subscribe(std::move(callback), after.value.value_or(UINT64_MAX));
}

void poll(OpenHost &host) {
  const Use use(host);
  const Away away;
  use->poll();
}

/// An error of the block is not hidden behind one of its tickets that is live because of it.
void leave(OpenHost &host, const py::object &type, const py::object &, const py::object &) {
  try {
    host.close(kForever);
  } catch (const Error &) {
    if (type.is_none()) throw;
  }
}

}  // namespace

void bind_host(py::module_ &module) {
  HostClass host(module, "Host", R"(The process's one owner of services, plugins and events.

name: 1 to 63 of A-Z a-z 0-9 . _ -; operators find the host by it. loop: "steward", a thread of the host's own, or "poll": the
server's loop watches fileno() and calls poll(). log: "off", "text" or "json", to log_path, else to standard error.
session_capacity: 1 to 16,777,215 sessions of all services together; 0: 1,048,576. state_directory: absolute; where it is
kept who holds a service, so that it comes back Paused after a crash; None: nowhere. denied_plugins: not to be loaded, by id or as
"sha256:" and 64 hexadecimal digits. Raises Error.

It stays open without being referred to, until close(), the end of its with block, or the interpreter's end: then the hooks
and subscriptions are not called any more, and a host with live sessions is left as it is.)");
  host.def(py::init(&open), py::arg("name"), py::kw_only(), py::arg("loop") = "steward", py::arg("log") = "off",
           py::arg("log_path") = py::none(), py::arg("session_capacity") = 0, py::arg("state_directory") = py::none(),
           py::arg("denied_plugins") = std::vector<std::string>())
      .def_property_readonly("name", &OpenHost::name, "Name of the host; there also once it is closed.")
      .def(
          "close", [](OpenHost &open, Limit<"timeout"> timeout) { return open.close(timeout); },
          py::arg("timeout") = py::none(),
          R"(Stops the services, delivers the last events and frees everything, without the GIL.

Controls and subscriptions end with it; waits in progress raise Error E_CLOSING. Raises Error E_BUSY, with nothing changed, when
a session is live, and E_MISUSE inside a callback or another call of the host. Waits for callbacks in progress, 10 s at most: one
that has not come back by then is a ResourceWarning. timeout: seconds from 0; None: no limit.
Returns True when closed; False when the time was over first: the next call goes on with it, as after Ctrl-C, which raises
KeyboardInterrupt. Does nothing once it is closed.)")
      .def("__enter__", [](const py::object &self) { return self; })
      .def("__exit__", &leave)
      .def("__repr__", [](const OpenHost &open) { return "<tidegate.Host " + open.name() + ">"; });

  host.def("add_service", &add_service, py::arg("name"), py::kw_only(), py::arg("activity") = py::none(),
           py::arg("max_sessions") = 0, py::arg("retry_after") = py::none(), py::arg("start") = py::none(),
           py::arg("stop") = py::none(), py::arg("close") = py::none(), py::arg("describe") = py::none(),
           py::arg("notice") = py::none(), py::arg("redirect") = "", py::arg("retry_jitter") = py::none(),
           py::arg("stalled_after") = py::none(), py::arg("ramp") = py::none(), py::arg("ramp_from") = 0,
           py::arg("start_paused") = false, py::arg("drain") = py::none(),
           R"(Adds a service, which is Stopped. Raises Error E_INVALID, E_EXISTS or E_LIMIT.

activity: what its sessions are called, such as "Concurrent Calls". max_sessions: sessions that are not children; 0: no maximum.
retry_after: seconds above 0, the hint to the refused; None: 30. retry_jitter: percent by which it is spread; None: 20.
redirect: where the refused are sent. stalled_after: seconds without a departure after which a drain is said to be stalled;
None: 60. ramp: with max_sessions, seconds over which the limit grows after a resume, from ramp_from percent of it; None: 30, 0: 10.
start_paused: once started it stays Paused until resumed. drain: a dict of Service.drain()'s arguments for where a drain says
nothing. Infinity: off.
Hooks run on a thread of the host's (with loop="poll" inside poll()) with the GIL; what they raise goes to
sys.unraisablehook and the host goes on:
start(): start what the service needs; when it raises, the service is Failed. stop(): stop it.
close(ticket_id, tag): end this session soon; the release is still the server's.
notice(ticket_id, tag, left): a drain is in progress, ask this session to go when it can; left: seconds to the deadline or None.
describe(ticket_id, tag) -> str: which session this is, for people; on the thread of whoever asks.)")
      .def(
          "service",
          [](OpenHost &open, const Text<"name"> &name) {
            const Use use(open);
            const Away away;
            return BoundService(open.shared_from_this(), use->service(*name));
          },
          py::arg("name"), "The service of that name. Raises Error E_NOT_FOUND.")
      .def("services", &services, "Returns all services, in the order they were added: a list of Service.");

  bind_plugins(module, host);
  bind_drain(host);
  host.def("events", &events, py::arg("after") = 0,
           "The events after this sequence number that are in memory (the newest 4,096), oldest first.")
      .def_property_readonly(
          "last_event",
          [](OpenHost &open) {
            const Use use(open);
            const Away away;
            return use->last_event();
          },
          "Sequence number of the newest event; 0: none yet.")
      .def(
          "wait_for_event",
          [](OpenHost &open, Whole<"after"> after, Limit<"timeout"> timeout) {
            return wait_for_event(open, after, timeout);
          },
          py::arg("after"), py::arg("timeout") = py::none(),
          R"(Waits until there is an event after this sequence number, without the GIL.

timeout: seconds from 0; None: no limit. Returns False when the time was over first. Raises as Service.wait() does.)")
      .def(
          "wait", [](OpenHost &open, Limit<"timeout"> timeout) { return wait_for_end(open, timeout); },
          py::arg("timeout") = py::none(),
          R"(Waits until the host has been told to end and no service runs, starts or stops (event 25161), without the GIL.

A server's main thread may spend its life here. timeout: seconds from 0; None: no limit. Returns False when the time was over
first. Raises Error E_CLOSING when the host is closed first, E_MISUSE inside a callback; Ctrl-C raises KeyboardInterrupt.)")
      .def("on_event", &on_event, py::arg("callback"), py::arg("after") = py::none(),
           R"(Calls callback(event) with every event after this sequence number (None: from now on), in order, none twice.

On a thread of the subscription's own (with loop="poll" inside poll()) with the GIL; what it raises goes to sys.unraisablehook
and the next event is delivered. Returns the Subscription.)")
      .def(
          "open_control",
          [](OpenHost &open, const PathOrNone<"directory"> &directory) {
            return open.open_control(directory.value.value_or(std::string()));
          },
          py::arg("directory") = py::none(), R"(Serves a control socket, on a thread of its own, to this user and root.

directory: made with mode 0700 if missing; None: where the tidegate command looks for hosts. Returns the Control. Raises Error E_EXISTS
when a living host serves it.)")
      .def(
          "fileno",
          [](OpenHost &open) {
            const Use use(open);
            const Away away;
            return use->fd();
          },
          R"(loop="poll": the descriptor that becomes readable when poll() has something to do.)")
      .def("poll", &poll, R"(loop="poll": does what is due and returns at once. Always on the same thread.)");
}

}  // namespace tidegate::python

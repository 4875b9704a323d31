#include "drain.hpp"

#include <pybind11/stl.h>

#include <tuple>
#include <type_traits>

#include "argument.hpp"
#include "lifetime.hpp"
#include "vocabulary.hpp"

namespace py = pybind11;

namespace tidegate::python {
namespace {

using Names = std::vector<std::string>;
using Services = TextsOrNone<"services">;
using Except = Texts<"except_">;
using AllHolds = Flag<"all_holds">;
using NoRamp = Flag<"no_ramp">;
using Actor = Text<"actor">;
using Reason = Text<"reason">;

// Arguments of every drain.
using Deadline = Seconds<"deadline">;
using KillGrace = Seconds<"kill_grace">;
using Announce = Flag<"announce">;
using AnnounceMin = Seconds<"announce_min">;
using AnnounceMax = Seconds<"announce_max">;
using Quiet = Seconds<"quiet">;
using Affinity = Flag<"affinity">;
using Emergency = Flag<"emergency">;
using NoticeWindow = Seconds<"notice_window">;
using Replace = Flag<"replace">;
using HoldUntil = MomentOrNone<"hold_until">;
using Redirect = Text<"redirect">;

/// Returns the duration for an option where the ABI's 0 means "as usual".
Duration or_usual(const std::optional<Duration> &seconds) { return seconds.value_or(Duration(0)); }

/// The arguments of a drain, which live as long as the call.
struct Ask {
  Deadline deadline{};
  KillGrace kill_grace{};
  py::object at_deadline;  // None: not said
  Announce announce{};
  AnnounceMin announce_min{};
  AnnounceMax announce_max{};
  Quiet quiet{};
  Affinity affinity{};
  Emergency emergency{};
  NoticeWindow notice_window{};
  Replace replace{};
  py::object hold;
  HoldUntil hold_until{};
  Redirect redirect{};
  Actor actor{};
  Reason reason{};

  DrainOptions options() const {
    DrainOptions out;
    out.deadline = or_usual(deadline);
    out.kill_grace = or_usual(kill_grace);
    if (!at_deadline.is_none()) out.at_deadline = number(Words::deadline, at_deadline, "at_deadline");
    out.announce_min = or_usual(announce_min);
    out.announce_max = or_usual(announce_max);
    out.quiet = or_usual(quiet);
    out.notice_window = or_usual(notice_window);
    out.flags = (announce ? TG_DRAIN_ANNOUNCE : 0) | (affinity ? TG_DRAIN_AFFINITY : 0) |
                (emergency ? TG_DRAIN_EMERGENCY : 0) | (replace ? TG_DRAIN_REPLACE : 0);
    out.hold = number(Words::hold, hold, "hold");
    out.hold_until = hold_until.value.value_or(Time());
    out.redirect = *redirect;
    out.action = {*actor, *reason};
    return out;
  }
  /// Of a drain. Options that only say more about another one are refused without it: alone they would be passed over in
  /// silence.
  DrainOptions whole_options() const {
    const DrainOptions out = options();
    // "force" is 0, as what is not said: alone it could not take the place of what the service usually does.
    if (!at_deadline.is_none() && !deadline) throw Error(TG_E_INVALID, "at_deadline goes with deadline: say when that is");
    if (!announce && (announce_min || announce_max || quiet))
      throw Error(TG_E_INVALID, "announce_min, announce_max and quiet go with announce=True");
    return out;
  }
  bool says_how() const {
    return deadline || kill_grace || !at_deadline.is_none() || announce || announce_min || announce_max || quiet ||
           affinity || emergency || notice_window || replace || hold_until || !redirect->empty() ||
           number(Words::hold, hold, "hold") != TG_HOLD_UNTIL_RESUME;
  }
};

/// Returns: whether all that was asked is done. TG_HELD: another actor's hold is left. TG_JOINED: the deadline that another
/// actor asked for stays. TG_NOT_DURABLE is a warning.
bool all_done(tg_result result) {
  if (result == TG_NOT_DURABLE &&
      PyErr_WarnEx(PyExc_RuntimeWarning, "done, but the journal could not be written: it may not outlive a crash", 1) != 0)
    throw py::error_already_set();
  return result != TG_HELD && result != TG_JOINED;
}

template <class Call>
bool away(OpenHost &host, Call &&call) {
  tg_result result;
  {
    const Use use(host);
    const Away without_gil;
    result = call(*use);
  }
  return all_done(result);
}

tg_result drain_service(const Service &service, std::uint32_t intent, const DrainOptions &options) {
  if (intent == TG_INTENT_STOP) return service.stop_gracefully(options);
  return intent == TG_INTENT_RESTART ? service.restart(options) : service.drain(options);
}

template <std::uint32_t intent>
bool drain(const BoundService &bound, Deadline deadline, KillGrace kill_grace, const py::object &at_deadline,
           Announce announce, AnnounceMin announce_min, AnnounceMax announce_max, Quiet quiet, Affinity affinity,
           Emergency emergency, NoticeWindow notice_window, Replace replace, const py::object &hold, HoldUntil hold_until,
           const Redirect &redirect, const Actor &actor, const Reason &reason) {
  const Ask ask{deadline,  kill_grace,    at_deadline, announce, announce_min, announce_max, quiet, affinity,
                emergency, notice_window, replace,     hold,     hold_until,   redirect,     actor, reason};
  const DrainOptions options = ask.whole_options();
  return away(*bound.host, [&](const Host &) { return drain_service(bound.service, intent, options); });
}

bool stop(const BoundService &bound, Flag<"graceful"> graceful, Deadline deadline, KillGrace kill_grace,
          const py::object &at_deadline, Announce announce, AnnounceMin announce_min, AnnounceMax announce_max, Quiet quiet,
          Affinity affinity, Emergency emergency, NoticeWindow notice_window, Replace replace, const py::object &hold,
          HoldUntil hold_until, const Redirect &redirect, const Actor &actor, const Reason &reason) {
  const Ask ask{deadline,  kill_grace,    at_deadline, announce, announce_min, announce_max, quiet, affinity,
                emergency, notice_window, replace,     hold,     hold_until,   redirect,     actor, reason};
  if (!graceful && ask.says_how())
    throw py::value_error("a stop that is not graceful does not wait: all but actor and reason go with graceful=True");
  const DrainOptions options = ask.whole_options();
  return away(*bound.host, [&](const Host &) {
    return graceful ? bound.service.stop_gracefully(options) : bound.service.stop(options.action);
  });
}

bool resume(const BoundService &bound, AllHolds all_holds, NoRamp no_ramp, const Actor &actor, const Reason &reason) {
  return away(*bound.host, [&](const Host &) { return bound.service.resume({{*actor, *reason}, all_holds, no_ramp}); });
}

Selection selection(const std::optional<Names> &services, const Names &except) {
  if (services && services->empty()) throw py::value_error("services: name at least one, or None for all");
  return {services.value_or(Names{}), except};
}

bool drain_all(OpenHost &host, const Services &services, const Except &except, const py::object &intent, Deadline deadline,
               KillGrace kill_grace, const py::object &at_deadline, Announce announce, AnnounceMin announce_min,
               AnnounceMax announce_max, Quiet quiet, Affinity affinity, Emergency emergency, NoticeWindow notice_window,
               Replace replace, const py::object &hold, HoldUntil hold_until, const Redirect &redirect, const Actor &actor,
               const Reason &reason) {
  const Ask ask{deadline,  kill_grace,    at_deadline, announce, announce_min, announce_max, quiet, affinity,
                emergency, notice_window, replace,     hold,     hold_until,   redirect,     actor, reason};
  const DrainOptions options = ask.whole_options();
  const Selection which = selection(services, except);
  const std::uint32_t then = number(Words::intent, intent, "intent");
  return away(host, [&](const Host &open) { return open.drain(which, then, options); });
}

bool resume_all(OpenHost &host, const Services &services, const Except &except, AllHolds all_holds, NoRamp no_ramp,
                const Actor &actor, const Reason &reason) {
  const Selection which = selection(services, except);
  return away(host, [&](const Host &open) { return open.resume(which, {{*actor, *reason}, all_holds, no_ramp}); });
}

void start_all(OpenHost &host, const Services &services, const Except &except, const Actor &actor, const Reason &reason) {
  const Selection which = selection(services, except);
  away(host, [&](const Host &open) { return open.start(which, {*actor, *reason}); });
}

void terminate(OpenHost &host, Deadline deadline, KillGrace kill_grace, const Actor &actor, const Reason &reason) {
  DrainOptions options;
  options.deadline = or_usual(deadline);
  options.kill_grace = or_usual(kill_grace);
  options.action = {*actor, *reason};
  away(host, [&](const Host &open) { return open.terminate(options); });
}

std::vector<Hold> holds(const BoundService &bound) {
  const Use use(*bound.host);
  const Away without_gil;
  return bound.service.holds();
}

py::object unix_time(std::int64_t ns) {
  if (ns == 0) return py::none();
  return py::float_(static_cast<double>(ns) * 1e-9);
}

/// The arguments that every drain has, after those of its own.
auto how_to_drain() {
  const auto none = [](const char *name) { return py::arg(name) = py::none(); };
  const auto no = [](const char *name) { return py::arg(name) = false; };
  return std::tuple{none("deadline"),     none("kill_grace"),       none("at_deadline"),   no("announce"),
                    none("announce_min"), none("announce_max"),     none("quiet"),         no("affinity"),
                    no("emergency"),      none("notice_window"),    no("replace"),         py::arg("hold") = "until-resume",
                    none("hold_until"),   py::arg("redirect") = "", py::arg("actor") = "", py::arg("reason") = ""};
}

}  // namespace

void UsualDrain::read(py::handle given) {
  if (!PyDict_Check(given.ptr())) refuse_type(given, "it", "a dict of Service.drain()'s arguments, or None");
  Ask ask{.at_deadline = py::none(), .hold = py::str("until-resume")};
  for (const auto &[key, value] : py::reinterpret_borrow<py::dict>(given)) {
    const std::string name = PyUnicode_Check(key.ptr()) ? read_text(key, "a key") : std::string();
    const auto take = [&given = value](auto &argument) {
      argument = std::remove_reference_t<decltype(argument)>::read(given);
    };
    if (name == "deadline")
      take(ask.deadline);
    else if (name == "kill_grace")
      take(ask.kill_grace);
    else if (name == "at_deadline")
      ask.at_deadline = py::reinterpret_borrow<py::object>(value);
    else if (name == "announce")
      take(ask.announce);
    else if (name == "announce_min")
      take(ask.announce_min);
    else if (name == "announce_max")
      take(ask.announce_max);
    else if (name == "quiet")
      take(ask.quiet);
    else if (name == "affinity")
      take(ask.affinity);
    else if (name == "emergency")
      take(ask.emergency);
    else if (name == "notice_window")
      take(ask.notice_window);
    else if (name == "redirect")
      take(ask.redirect);
    else
      throw py::value_error(shown(key) + " is no usual way to drain a service");
  }
  redirect_ = *ask.redirect;
  abi_ = ask.options().abi(TG_INTENT_STAY);
  abi_.actor = abi_.reason = {};
  abi_.redirect = str(redirect_);
  given_ = true;
}

UsualDrain::UsualDrain(const py::object &arguments) {
  if (arguments.is_none()) return;
  try {
    read(arguments);
  } catch (const py::type_error &error) {
    throw py::type_error(std::string("drain: ") + error.what());
  } catch (const py::value_error &error) {
    throw py::value_error(std::string("drain: ") + error.what());
  }
}

void bind_drain(py::module_ &module, ServiceClass &service) {
  const py::kw_only named;
  const auto all_holds = py::arg("all_holds") = false;
  const auto no_ramp = py::arg("no_ramp") = false;
  const auto actor = py::arg("actor") = "";
  const auto reason = py::arg("reason") = "";
  py::class_<Hold>(module, "Hold", "One party's wish that a service stay paused; frozen.")
      .def_readonly("actor", &Hold::actor, "Name of the actor whose hold it is.")
      .def_readonly("reason", &Hold::reason, "Reason that the actor gave; empty: none was given.")
      .def_property_readonly(
          "since", [](const Hold &hold) { return unix_time(hold.since_unix_ns); },
          "Time when it was placed, in seconds since 1970, as time.time(); None: not known.")
      .def_property_readonly(
          "expires", [](const Hold &hold) { return unix_time(hold.expires_unix_ns); },
          "Time when it ends by itself, in seconds since 1970, as time.time(); None: it does not.")
      .def_property_readonly(
          "lasts", [](const Hold &hold) { return word(Words::hold, hold.lasts); }, "HoldUntil: what ends the hold.")
      .def("__repr__", [](const Hold &hold) { return "<tidegate.Hold by " + hold.actor + ">"; });

  std::apply(
      [&](const auto &deadline, const auto &kill_grace, const auto &...rest) {
        service.def("drain", &drain<TG_INTENT_STAY>, deadline, kill_grace, named, rest...,
                    R"(From now on new sessions are refused, those in progress run on.

Events 25049, and 25050 when the last has left. Then the service stays Paused, held by `actor` until it resumes.
All durations are seconds above 0; None: as the service usually does; infinity: none.
deadline: from now on; then at_deadline, which goes with it: "force": the sessions left are told to close (the close hook);
"wait": they may stay; "resume": the drain is called off; "stop": the service stops with them left. None: "force".
kill_grace: after the deadline, until the service is Failed; None: 5.
announce: first be not ready but still admit (25110), until no new session came for `quiet` (2), at least announce_min and at
most announce_max (15), which go with it.
affinity: admit AFFINITY sessions whose key is live. emergency: admit the class EMERGENCY.
notice_window: over how long sessions are asked to go (the notice hook); None: a quarter of the deadline, at most 30.
replace: take the place of the drain in progress, also of a stricter one.
hold: "until-resume", which outlives a restart; "until-restart"; "until-time" with hold_until, a datetime or seconds since
1970; "none". redirect: where the refused are sent meanwhile.
Returns at once; see wait(). Returns False when it joined a drain in progress whose deadline, which another actor asked for,
stays. Raises Error E_STATE, E_CONFLICT while a stricter drain is in progress, E_TOO_LATE, E_LIMIT, E_INVALID.)");
        service.def("restart", &drain<TG_INTENT_RESTART>, deadline, kill_grace, named, rest...,
                    R"(Stops it when the last session has left, and starts it again: 25003, 25100. It places no hold.

Arguments and errors as drain() has them; E_BUSY too when a service that needs it runs.)");
        service.def("stop", &stop, py::arg("graceful") = true, named, deadline, kill_grace, rest..., R"(Stops the service.

graceful: True: as drain(), then events 25130 and 25003; its hold ends with the stop. False: now; the sessions left are told to
close and counted in 25003; of the other arguments only actor and reason may be given then.
Returns at once, as drain() does; see wait("stopped"). Raises Error as drain() does; E_BUSY too when a service that needs it runs.)");
      },
      how_to_drain());
  service
      .def(
          "resume", &resume, named, all_holds, no_ramp, actor, reason,
          R"(Lifts the actor's hold; all_holds: everybody's. When nobody holds it any more it opens: events 25140 and 25141.
no_ramp: admit up to the whole limit at once, and not up to one that grows.

Returns False when others hold it still. Raises Error E_HELD when only others do, E_TOO_LATE or E_STATE.)")
      .def("holds", &holds,
           "Returns the holds that keep the service paused: a list of Hold, the oldest first; empty: nobody holds it.");
}

void bind_drain(HostClass &host) {
  const py::kw_only named;
  const auto services = py::arg("services") = py::none();
  const auto except = py::arg("except_") = Names{};
  const auto no_ramp = py::arg("no_ramp") = false;
  const auto actor = py::arg("actor") = "";
  const auto reason = py::arg("reason") = "";
  std::apply(
      [&](const auto &...how) {
        host.def("drain", &drain_all, services, named, except, py::arg("intent") = "stay", how...,
                 R"(Drains several services: all are shut before any is waited for, those that need others first.

services: names; None: all. except_: not these. intent: "stay", "stop" or "restart"; a service stops when all that need it have.
The other arguments are Service.drain()'s. Raises Error with nothing changed when one of them cannot be.)");
      },
      how_to_drain());
  host.def("resume", &resume_all, services, named, except, py::arg("all_holds") = false, no_ramp, actor, reason,
           "Resumes several services, those that are needed first, as Service.resume() does each. Raises Error with "
           "nothing changed.")
      .def("start", &start_all, services, named, except, actor, reason,
           "Starts several services, those that are needed first. Raises Error with nothing changed.")
      .def(
          "terminate", &terminate, named, py::arg("deadline") = py::none(), py::arg("kill_grace") = py::none(), actor,
          reason,
          R"(The process was told to end: drains all services to stop, in 20 s. To be called on SIGTERM, not in the handler.

Called again it escalates: the second time sessions are told to close at once, the third time nothing is waited for.)");
}

}  // namespace tidegate::python

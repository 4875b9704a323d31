#include <utility>

#include "core/permission.hpp"
#include "host.hpp"

// How a session comes and goes: sdk/src/core/admission.cpp, without policies and records.
namespace tidegate::model {

using sdk::Gate;
using sdk::Pass;
using sdk::Permissions;
using sdk::Rule;
using sdk::Unit;

namespace {

std::uint32_t kind_of(Flight kind) { return kind == Flight::child ? TG_KIND_CHILD : TG_KIND_NEW; }
std::uint32_t class_of(Flight kind) { return kind == Flight::emergency ? TG_CLASS_EMERGENCY : TG_CLASS_NORMAL; }
Unit unit_of(Flight kind) { return kind == Flight::child ? Unit::child : Unit::session; }

}  // namespace

void Host::work(const Input &input) {
  const std::size_t service = input.on == 2 ? 1 : 0;
  Service &it = world_.of[service];
  const auto take_off = [&](Flight kind) {
    if (kind != Flight::child) ++it.arrivals;
    const auto way = look(service, kind);
    if (way) it.flight = way->pass == Pass::ordinary ? Flight::work : kind;
  };
  switch (input.deed) {
    case Deed::leave_session: return leave(service, Unit::session);
    case Deed::leave_child: return leave(service, Unit::child);
    case Deed::leave_entry: return leave(service, Unit::entry);
    case Deed::admit: return admit(service, Flight::work, Unit::session);
    case Deed::admit_child: return admit(service, Flight::child, Unit::child);
    case Deed::admit_emergency: return admit(service, Flight::emergency, Unit::session);
    case Deed::admit_entry: return admit(service, Flight::work, Unit::entry);
    case Deed::look: return take_off(Flight::work);
    case Deed::look_child: return take_off(Flight::child);
    case Deed::look_emergency: return take_off(Flight::emergency);
    case Deed::pass: {
      const Flight kind = std::exchange(it.flight, Flight::none);
      // It goes by what it saw: an emergency that was permitted then, and a CHILD, may pass a draining gate.
      pass(service, kind, {kind == Flight::work ? Pass::ordinary : Pass::inside, scenario_.config[service].max_sessions},
           unit_of(kind), false);
      return;
    }
    case Deed::arrive: ++it.arrivals; return;
    case Deed::surplus_leave: {
      const Door before = it.gate;
      it.gate.leave(Unit::entry);
      return witness_.left_too_much(service, before);
    }
    default: return;
  }
}

/// As Admission::look(). A CHILD's parent is live, or it would not ask.
std::optional<Host::Way> Host::look(std::size_t service, Flight kind) const {
  const Service &it = world_.of[service];
  const std::uint64_t max = scenario_.config[service].max_sessions;
  const bool ramping = it.limit != 0 && (max == 0 || it.limit < max);
  switch (sdk::rule_for(sdk::stage_of(it.gate.position(), ramping), kind_of(kind), class_of(kind))) {
    case Rule::yes: return Way{Pass::ordinary, max};
    case Rule::parent: return Way{Pass::inside, max};
    case Rule::ramp: return Way{Pass::ordinary, it.limit};
    case Rule::emergency:
    case Rule::emergency_or_key:
      if (it.state.emergency) return Way{Pass::inside, max};
      return std::nullopt;
    default: return std::nullopt;
  }
}

void Host::admit(std::size_t service, Flight kind, Unit unit) {
  if (kind != Flight::child) ++world_.of[service].arrivals;
  if (unit == Unit::entry) return pass(service, kind, {}, unit, true);
  if (const auto way = look(service, kind)) pass(service, kind, *way, unit, true);
}

void Host::pass(std::size_t service, Flight kind, const Way &way, Unit unit, bool at_once) {
  Service &it = world_.of[service];
  const Door before = it.gate;
  if (it.gate.pass(unit, way.pass, way.most)) witness_.admitted(service, kind, before, at_once);
}

void Host::leave(std::size_t service, Unit unit) {
  Service &it = world_.of[service];
  if (it.gate.leave(unit) == Gate::Left::last) rung_ = true;
  ++it.departures;
}

}  // namespace tidegate::model

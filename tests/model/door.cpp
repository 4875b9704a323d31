#include "door.hpp"

#include "core/credits.hpp"

namespace tidegate::model {

using sdk::Counts;
using sdk::Credits;
using sdk::Gate;
using sdk::Pass;
using sdk::Unit;

/// Through what anybody may call: no knowledge of its word.
void Door::bring(Gate &gate) const {
  gate.open();
  for (int i = 0; i < sessions; ++i) gate.pass(Unit::session, Pass::ordinary);
  for (int i = 0; i < children; ++i) gate.pass(Unit::child, Pass::ordinary);
  for (int i = 0; i < entries; ++i) gate.pass(Unit::entry, Pass::ordinary);
  if (draining) gate.shut();
  if (sealed) gate.seal();
}

void Door::take(const Gate &gate) {
  const Counts counts = gate.counts();
  sessions = static_cast<std::uint8_t>(counts.sessions);
  children = static_cast<std::uint8_t>(counts.children);
  entries = static_cast<std::uint8_t>(counts.entries);
  if (gate.is_open()) draining = sealed = false;
  if (live() != 0 && draining) sealed = gate.position() == Gate::Position::sealed;  // with nobody inside both look the same
}

bool Door::pass(Unit unit, Pass pass, std::uint64_t most) {
  Gate gate;
  bring(gate);
  if (unit == Unit::session && most != 0) {
    Credits credits(most, gate.cells());
    for (int i = 0; i < sessions; ++i) credits.take();
    if (!credits.take()) return false;
  }
  const bool passed = gate.pass(unit, pass);
  take(gate);
  return passed;
}

Gate::Left Door::leave(Unit unit) {
  Gate gate;
  bring(gate);
  const Gate::Left left = gate.leave(unit);
  if (left == Gate::Left::last) gate.gone();
  take(gate);
  return left;
}

std::uint64_t Door::shut() {
  Gate gate;
  bring(gate);
  const std::uint64_t inside = gate.shut();
  draining = true;
  sealed = false;
  take(gate);
  return inside;
}

std::uint64_t Door::seal() {
  Gate gate;
  bring(gate);
  const std::uint64_t inside = gate.seal();
  draining = sealed = true;
  take(gate);
  return inside;
}

bool Door::open_unless_drained() {
  Gate gate;
  bring(gate);
  const bool opened = gate.open_unless_drained();
  take(gate);
  return opened;
}

void Door::open() {
  Gate gate;
  bring(gate);
  gate.open();
  take(gate);
}

Gate::Position Door::position() const {
  Gate gate;
  bring(gate);
  return gate.position();
}

bool Door::is_open() const {
  Gate gate;
  bring(gate);
  return gate.is_open();
}

bool Door::drained() const {
  Gate gate;
  bring(gate);
  return gate.drained();
}

}  // namespace tidegate::model

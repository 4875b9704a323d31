#pragma once

#include <cstdint>
#include <string_view>

#include "machine_states.hpp"

namespace tidegate::sdk::machine {

inline Input by(std::string_view actor, Happening what, std::uint64_t live = 1) {
  Input input{what};
  input.by.actor.assign(actor);
  input.live = live;
  return input;
}

inline Input what(Happening happening, std::uint64_t count = 0, std::uint64_t live = 1) {
  Input input{happening};
  input.count = count;
  input.live = live;
  return input;
}

inline Input drain(std::uint32_t intent, Nanos budget = kNever, std::string_view actor = "alice") {
  Input input = by(actor, H::drain);
  input.drain.intent = intent;
  input.drain.budget = budget;
  input.drain.kill_grace = 5 * kSecond;
  input.drain.holds = true;
  input.drain.hold = hold_of(actor);
  return input;
}

inline Input announced(Input input, Nanos most = 15 * kSecond) {
  input.drain.announce = true;
  input.drain.announce_max = most;
  input.drain.quiet = 2 * kSecond;
  return input;
}

/// The host was told to end.
inline Input ending(Input input) {
  input.ending = true;
  return input;
}

inline Input replacing(Input input) {
  input.drain.replace = true;
  return input;
}

inline Input unheld(Input input) {
  input.drain.holds = false;
  return input;
}

inline Input overriding(Input input) {
  input.all_holds = true;
  return input;
}

inline Input needing(Input input, Needs needs) {
  input.needs = needs;
  return input;
}

/// Somebody that needs it has started, and `keeps` it.
inline Input needed(Input input, bool keeps) {
  input.needed = true;
  input.kept_needed = keeps;
  return input;
}

inline Input shut(std::uint64_t live) { return what(H::gate_shut, live, live); }

inline Step step_of(const State &state, const Input &input, Nanos now = kNow, const Config &config = kPlain) {
  return machine::step(config, state, input, now);
}

}  // namespace tidegate::sdk::machine

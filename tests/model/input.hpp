#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "scenario.hpp"

namespace tidegate::model {

/// What may happen to the world. Those up to `tick` come about by themselves, in this order when nobody asks for anything.
enum class Deed : std::uint8_t {
  leave_session,
  leave_child,
  leave_entry,
  pass,  // an admission in flight makes its step
  hook_done,
  noticed,
  blockers_seen,
  close_told,
  attend,
  tick,
  nobody_noticed,
  hook_failed,
  admit,
  admit_child,
  admit_emergency,
  admit_entry,
  look,
  look_child,
  look_emergency,
  arrive,  // somebody new asks, and is gone at once
  surplus_leave,
  start,
  drain,
  terminate,
  stop_now,
  resume,
  crash,
};

struct Input {
  Deed deed;
  std::uint8_t on = 0;  ///< services: bit 0 is A, bit 1 is B
  std::uint8_t actor = kCarol;
  bool all_holds = false;
  const Ask *ask = nullptr;  ///< drain only

  bool is_session_work() const { return deed <= Deed::pass || (deed >= Deed::admit && deed <= Deed::arrive); }
  /// It comes about without anybody's doing, once sessions have left.
  bool comes_by_itself() const { return deed >= Deed::pass && deed <= Deed::tick; }
};

/// All that a scenario has, in the order of Deed.
std::vector<Input> inputs_of(const Scenario &scenario);

/// `A: alice drains to stop, in 2 then force`.
std::string text_of(const Input &input);

}  // namespace tidegate::model

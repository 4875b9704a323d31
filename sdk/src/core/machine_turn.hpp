#pragma once

#include "core/machine.hpp"
#include "tidegate/vocabulary/event_number.h"
#include "tidegate/vocabulary/intent.h"

namespace tidegate::sdk::machine {

/// The input of one step and its result so far, which the functions below fill in.
struct Turn {
  const Config &config;
  const Input &input;
  const Nanos now;
  Step &out;
  State &state = out.state;

  void go(Place place) { state.place = place; }
  void emit(std::uint32_t number, std::uint64_t count = 0, const FixedText<kNameBytes> &actor = {}) {
    out.effects.add({Effect::Kind::emit, number, count, state.place, actor});
  }
  void add(Effect::Kind kind, std::uint64_t count = 0) { out.effects.add({kind, 0, count}); }
  /// Refuses the input: step() then discards all changes and effects of the turn.
  void refuse(tg_result result, std::string_view why) {
    out.result = result;
    out.why = why;
  }
  bool refused() const { return out.result < 0; }
};

/// Returns the time at which a drain ends the remaining sessions: its deadline if the policy is FORCE or STOP, else never.
inline Nanos end_of(Nanos deadline, std::uint32_t at_deadline) {
  return at_deadline == TG_DEADLINE_FORCE || at_deadline == TG_DEADLINE_STOP ? deadline : kNever;
}

inline bool leads_to_stop(std::uint32_t intent) { return intent != TG_INTENT_STAY; }

/// The actions of the rows of the table and their shared parts, in one file for each subject.
namespace turns {

using Kind = Effect::Kind;

// machine_stop.cpp: the end of a drain, and the stop of the service
bool may_stop(Turn &turn);
void complete(Turn &turn);
void complete_stuck(Turn &turn);
void hurry(Turn &turn, std::uint32_t intent);
void stop_if_unneeded(Turn &turn);
void stop_in_a_hurry(Turn &turn);
void stop_now(Turn &turn);
void stop_now_in_drain(Turn &turn);
void stop_now_drained(Turn &turn);
void stop_now_stopping(Turn &turn);
void unneeded(Turn &turn);
void unneeded_closing(Turn &turn);
void stopped(Turn &turn);
void stop_waiting(Turn &turn);
void stop_unstarted(Turn &turn);
void stop_just_started(Turn &turn);

// machine_holds.cpp: the holds
bool place_hold(Turn &turn);
bool lift_holds(Turn &turn);
bool expire_holds(Turn &turn);
void time_only_holds(Turn &turn);
void resume_starting(Turn &turn);
void resume_stopped(Turn &turn);
void resume_unstarted(Turn &turn);

// machine_drain.cpp: the begin of a drain, and drains that join; bounded_window() is in machine_paused.cpp
void begin_epoch(Turn &turn);
void shut_gate(Turn &turn);
Nanos bounded_window(const Turn &turn, Nanos window);
void drain(Turn &turn);
void drain_announced(Turn &turn);
void drain_in_time(Turn &turn);
void drain_after_deadline(Turn &turn);
void drain_drained(Turn &turn);
void drain_stopping(Turn &turn);

// machine_paused.cpp: a drain in progress
void time_announcing(Turn &turn);
void shut(Turn &turn);
void time_draining(Turn &turn);
void noticed(Turn &turn);
void noticed_again(Turn &turn);
void stalled(Turn &turn);
void close(Turn &turn);
void close_told(Turn &turn);
void time_closing(Turn &turn);
void time_drained(Turn &turn);

// machine_open.cpp: start, resume, ramp
void call_off(Turn &turn);
void start(Turn &turn);
void run_start(Turn &turn);
void started(Turn &turn);
void start_failed(Turn &turn);
void opened_after_start(Turn &turn);
void resume(Turn &turn);
void resume_ramping(Turn &turn);
void resume_hurried(Turn &turn);
void drained_while_opening(Turn &turn);
void opened_again(Turn &turn);
void grow_ramp(Turn &turn);
void time_ramping(Turn &turn);

// machine_refuse.cpp: requests that a place refuses, with advice
void nothing(Turn &turn);
void too_late(Turn &turn);
void start_paused(Turn &turn);
void start_stopping(Turn &turn);
void start_stuck(Turn &turn);
void resume_stuck(Turn &turn);
void drain_starting(Turn &turn);
void drain_stopped(Turn &turn);
void stop_starting(Turn &turn);

}  // namespace turns
}  // namespace tidegate::sdk::machine

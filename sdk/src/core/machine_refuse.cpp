#include "core/machine_turn.hpp"

namespace tidegate::sdk::machine::turns {

void drain_stopped(Turn &turn) {
  if (turn.input.drain.intent != TG_INTENT_STOP) turn.refuse(TG_E_STATE, "it is stopped, so there is nothing to drain");
}

void nothing(Turn &) {}

void too_late(Turn &turn) { turn.refuse(TG_E_TOO_LATE, "it is stopping; wait until it has stopped, then start it"); }

void start_paused(Turn &turn) { turn.refuse(TG_E_STATE, "it is paused, not stopped; resume it"); }

void start_stopping(Turn &turn) { turn.refuse(TG_E_STATE, "it is stopping; start it when it has stopped"); }

void start_stuck(Turn &turn) {
  turn.refuse(TG_E_BUSY, "sessions of its last drain would not go; start it when they have, or stop it now");
}

void resume_stuck(Turn &turn) {
  turn.refuse(TG_E_STATE, "sessions have been told to close and would not go; wait for them, or stop it now");
}

void drain_starting(Turn &turn) {
  if (!turn.input.ending) turn.refuse(TG_E_STATE, "it is starting; drain it when it runs");
}

void stop_starting(Turn &turn) {
  if (!turn.input.ending) turn.refuse(TG_E_STATE, "it is starting; stop it when it runs");
}

}  // namespace tidegate::sdk::machine::turns

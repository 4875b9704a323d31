#pragma once

#include <cstdint>
#include <string_view>

#include "core/machine.hpp"
#include "tidegate/vocabulary/deadline.h"
#include "tidegate/vocabulary/hold.h"
#include "tidegate/vocabulary/intent.h"

namespace tidegate::sdk::machine {

using P = Place;
using H = Happening;
using Kind = Effect::Kind;

inline constexpr Nanos kNow = 1000 * kSecond;
inline constexpr Config kPlain{0, 0, 10, 60 * kSecond, false};
inline constexpr Config kRamped{100, 30 * kSecond, 10, 60 * kSecond, false};
inline constexpr Config kStartPaused{0, 0, 10, 60 * kSecond, true};

inline Hold hold_of(std::string_view actor, std::uint32_t lasts = TG_HOLD_UNTIL_RESUME) {
  Hold hold;
  hold.action.actor.assign(actor);
  hold.lasts = lasts;
  return hold;
}

inline Hold hold_until(std::string_view actor, Nanos expires) {
  Hold hold = hold_of(actor, TG_HOLD_UNTIL_TIME);
  hold.expires = expires;
  hold.expires_unix = 1;
  return hold;
}

/// A state as it is when the machine has come to this place by an ordinary way, on alice's wish.
inline State at(Place place, std::uint32_t intent = TG_INTENT_STAY) {
  State state;
  state.place = place;
  if (place == P::stopped || place == P::waiting || place == P::starting || place == P::running || place == P::unstarted)
    return state;
  state.epoch = 3;
  if (place == P::ramping) {
    state.ramp_began = kNow;
    state.ramp_next = kNow + kSecond;
    return state;
  }
  state.intent = intent;
  state.said_started = place != P::shutting && place != P::announcing;
  state.said_drained = place == P::drained || place == P::stopping;
  state.kill_grace = 5 * kSecond;
  if (place != P::opening && place != P::stopping) state.holds.place(hold_of("alice"));
  if (place == P::announcing) {
    state.announce_from = kNow;
    state.announce_until = kNow + 15 * kSecond;
    state.arrivals.begin(0, 2 * kSecond, kNow);
  }
  if (place == P::draining) state.departures.begin(0, 60 * kSecond, kNow);
  if (place == P::closing || place == P::stuck) state.closing = 2;
  if (place == P::closing) state.kill_at = kNow + 5 * kSecond;
  return state;
}

inline State with_deadline(State state, Nanos budget, std::uint32_t at_deadline = TG_DEADLINE_FORCE) {
  state.budget = budget;
  state.deadline = kNow + budget;
  state.at_deadline = at_deadline;
  state.owner.assign("alice");
  state.owner_holds = true;
  return state;
}

inline State held_by(State state, const Hold &hold) {
  state.holds.place(hold);
  return state;
}

inline State held_by_nobody(State state) {
  state.holds.clear();
  return state;
}

/// Announcing, and new sessions keep coming.
inline State crowded(State state) {
  state.arrivals.begin(7, 2 * kSecond, kNow);
  return state;
}

inline State to_ramp(State state) {
  state.ramp_began = kNow;
  state.ramp_next = kNow + kSecond;
  return state;
}

inline State with_notices(State state) {
  state.notice_window = 10 * kSecond;
  state.notice_at = kNow;
  return state;
}

inline State hurried(State state) {
  state.hurry = true;
  state.unheld = true;
  state.intent = TG_INTENT_STOP;
  return state;
}

inline State recovered(State state) {
  state.recovered = true;
  return held_by(state, hold_of("alice"));
}

}  // namespace tidegate::sdk::machine

#include "scenario.hpp"

#include "tidegate/vocabulary/deadline.h"
#include "tidegate/vocabulary/intent.h"

namespace tidegate::model {
namespace {

constexpr std::uint32_t kIntents[] = {TG_INTENT_STAY, TG_INTENT_STOP, TG_INTENT_RESTART};
constexpr std::uint32_t kPolicies[] = {TG_DEADLINE_FORCE, TG_DEADLINE_WAIT, TG_DEADLINE_RESUME, TG_DEADLINE_STOP};

using Asks = std::vector<Ask>;

void add(Asks &asks, const Asks &more) { asks.insert(asks.end(), more.begin(), more.end()); }

/// Each of them, and each of them replacing what is in progress.
Asks also_replacing(Asks asks) {
  Asks more = asks;
  for (Ask &ask : more) ask.replace = true;
  add(asks, more);
  return asks;
}

Scenario one(const char *name, const char *about, bool whole) {
  Scenario it;
  it.name = std::string(name) + (whole ? "-whole" : "");
  it.about = about;
  it.whole = whole;
  it.resumes[0] = {kAlice, kBob, kCarol};
  return it;
}

Scenario two(const char *name, const char *about, bool whole) {
  Scenario it = one(name, about, whole);
  it.services = 2;
  return it;
}

// ---- one service ----

Scenario drains(bool whole) {
  Scenario it = one("drains", "every intent, deadline and policy; a second actor joins and replaces", whole);
  it.sessions[0] = 2;
  it.children[0] = 1;
  it.may_fail = it.late = it.terminate = it.emergency = whole;
  for (const std::uint32_t intent : kIntents) {
    for (const std::uint32_t policy : kPolicies) {
      it.drains[0].push_back({.intent = intent, .budget = 2, .at_deadline = policy});
      if (whole)
        it.drains[0].push_back(
            {.actor = kBob, .intent = intent, .budget = 1, .at_deadline = policy, .hold = TG_HOLD_UNTIL_TIME});
    }
    it.drains[0].push_back({.intent = intent, .emergency = whole});
    it.drains[0].push_back({.actor = kBob, .intent = intent, .budget = 1});
    it.drains[0].push_back({.actor = kBob, .intent = intent, .hold = TG_HOLD_NONE});
  }
  it.drains[0] = also_replacing(it.drains[0]);
  return it;
}

Scenario holds(bool whole) {
  Scenario it = one("holds", "every kind of hold by two actors; crash at rest and in any record; a late steward", whole);
  it.crash = it.torn = it.late = it.terminate = it.may_fail = true;
  for (const std::uint8_t actor : {kAlice, kBob}) {
    for (const std::uint32_t hold : {TG_HOLD_UNTIL_RESUME, TG_HOLD_UNTIL_TIME, TG_HOLD_UNTIL_RESTART, TG_HOLD_NONE})
      it.drains[0].push_back({.actor = actor, .hold = hold});
    it.drains[0].push_back({.actor = actor, .intent = TG_INTENT_STOP});
    it.drains[0].push_back({.actor = actor, .budget = 2, .at_deadline = TG_DEADLINE_RESUME, .hold = TG_HOLD_UNTIL_TIME});
    it.drains[0].push_back({.actor = actor, .budget = 1});
  }
  if (whole) {
    it.drains[0].push_back({.actor = kNobody});
    it.drains[0].push_back({.actor = kBob, .intent = TG_INTENT_RESTART, .budget = 1, .at_deadline = TG_DEADLINE_WAIT});
    it.drains[0].push_back({.budget = 1, .at_deadline = TG_DEADLINE_STOP, .hold = TG_HOLD_UNTIL_TIME});
    it.drains[0].push_back({.hold = TG_HOLD_UNTIL_TIME, .announce = true});
  }
  it.drains[0] = also_replacing(it.drains[0]);
  return it;
}

Scenario announced(bool whole) {
  Scenario it = one("announced", "announcements and arrivals; drains that stall; sessions that are asked to go", whole);
  it.sessions[0] = whole ? 2 : 1;
  it.config[0].stalled_after = 1;
  it.hooks = false;
  it.drains[0] = {{},
                  {.announce = true},
                  {.intent = TG_INTENT_STOP, .budget = 2, .announce = true},
                  {.budget = 2, .at_deadline = TG_DEADLINE_RESUME, .announce = true, .notice_window = 5},
                  {.actor = kBob, .hold = TG_HOLD_UNTIL_TIME, .announce = true},
                  {.actor = kBob, .intent = TG_INTENT_RESTART, .budget = 1, .at_deadline = TG_DEADLINE_WAIT}};
  if (whole) {
    it.drains[0].push_back({.budget = 2, .at_deadline = TG_DEADLINE_STOP, .announce = true, .notice_window = 10});
    it.drains[0].push_back({.actor = kBob, .budget = 1, .hold = TG_HOLD_NONE, .notice_window = 5});
  }
  it.drains[0] = also_replacing(it.drains[0]);
  return it;
}

/// FINDINGS L1 and L2: announcements, deadlines, holds that expire, and a host that is told to end at any moment of them.
Scenario ends(bool whole) {
  Scenario it = one("ends", "the host is told to end, again and again; announcements, deadlines and holds that expire", whole);
  it.config[0].tells_to_close = true;
  it.terminate = it.may_fail = true;
  it.late = it.crash = whole;
  it.resumes[0] = {kAlice};
  it.drains[0] = {{.hold = TG_HOLD_UNTIL_TIME, .announce = true},
                  {.budget = 2, .at_deadline = TG_DEADLINE_RESUME, .hold = TG_HOLD_UNTIL_TIME},
                  {.intent = TG_INTENT_STOP},
                  {.intent = TG_INTENT_STOP, .budget = 1, .at_deadline = TG_DEADLINE_RESUME},
                  {.actor = kBob, .budget = 1, .announce = true},
                  {.actor = kBob, .intent = TG_INTENT_RESTART, .budget = 1, .at_deadline = TG_DEADLINE_STOP}};
  if (whole) {
    it.drains[0].push_back({.intent = TG_INTENT_STOP, .budget = 2, .announce = true, .notice_window = 2});
    it.drains[0].push_back({.actor = kBob, .budget = 2, .announce = true});
    it.drains[0].push_back({.actor = kBob});
    it.drains[0] = also_replacing(it.drains[0]);
  }
  return it;
}

Scenario ramped(bool whole) {
  Scenario it = one("ramped", "a limit and a ramp; started paused; emergencies and CHILD work", whole);
  it.config[0].max_sessions = 2;
  it.config[0].ramp = 2;
  it.config[0].start_paused = true;
  it.sessions[0] = 2;
  it.children[0] = 1;
  it.emergency = true;
  it.late = it.crash = whole;
  it.drains[0] = {{},
                  {.emergency = true},
                  {.actor = kBob, .hold = TG_HOLD_UNTIL_TIME},
                  {.intent = TG_INTENT_RESTART, .budget = 1, .emergency = true},
                  {.actor = kBob, .hold = TG_HOLD_NONE, .announce = true, .emergency = true}};
  if (whole) {
    it.drains[0].push_back({.budget = 2, .at_deadline = TG_DEADLINE_RESUME, .hold = TG_HOLD_UNTIL_TIME, .emergency = true});
    it.drains[0].push_back({.actor = kBob, .intent = TG_INTENT_STOP, .budget = 2, .emergency = true});
    it.drains[0] = also_replacing(it.drains[0]);
  }
  return it;
}

Scenario flight(bool whole) {
  Scenario it = one("flight", "admissions between their look and their step; entries; leaves too many", whole);
  it.sessions[0] = 2;
  it.children[0] = 1;
  it.entries[0] = 1;
  it.flight = it.emergency = it.surplus = true;
  it.outside = 2;
  it.drains[0] = {{},
                  {.emergency = true},
                  {.budget = 1},
                  {.intent = TG_INTENT_STOP, .budget = 1, .at_deadline = TG_DEADLINE_RESUME},
                  {.intent = TG_INTENT_RESTART, .budget = 1, .at_deadline = TG_DEADLINE_STOP, .emergency = true}};
  if (whole) it.drains[0] = also_replacing(it.drains[0]);
  return it;
}

// ---- two services: A needs B ----

Scenario stops(bool whole) {
  Scenario it =
      two("stops", "start, stop and restart, alone and together, in a hurry; hooks that take long or fail", whole);
  it.may_fail = it.terminate = whole;
  for (std::size_t on = 0; on < 3; ++on) {
    for (const std::uint32_t intent : kIntents) it.drains[on].push_back({.intent = intent});
    it.drains[on].push_back({.intent = TG_INTENT_STAY, .replace = true});
    it.resumes[on] = {kAlice};
  }
  return it;
}

/// Likewise of two services, one of which needs the other.
Scenario ends_together(bool whole) {
  Scenario it = two("ends-together", "a host of two services is told to end while they start, drain, restart and stop", whole);
  it.terminate = true;
  it.may_fail = whole;
  it.stop_now = it.all_holds = false;
  it.drains[0] = {{}};
  it.drains[2] = {{.intent = TG_INTENT_RESTART}};
  it.resumes[0] = {kAlice};
  if (whole) {
    it.config[0].tells_to_close = true;
    it.drains[1] = {{.budget = 1, .hold = TG_HOLD_UNTIL_TIME}};
    it.drains[2].push_back({.intent = TG_INTENT_STOP, .budget = 1});
  }
  return it;
}

/// Without hooks a service goes from one end to the other in one step, and only that can tell the steward of the next.
Scenario rounds() {
  Scenario it = two("rounds", "stop and restart without hooks: only the steward's rounds lead on", false);
  it.hooks = false;
  it.stop_now = false;
  for (const std::uint32_t intent : kIntents) it.drains[2].push_back({.intent = intent});
  for (std::size_t on = 0; on < 3; ++on) it.resumes[on] = {kAlice};
  return it;
}

Scenario deadlines(bool whole) {
  Scenario it = two("deadlines", "deadlines of every policy, alone and together", whole);
  it.hooks = whole;
  for (std::size_t on = 0; on < 3; ++on) {
    for (const std::uint32_t policy : kPolicies) it.drains[on].push_back({.budget = 1, .at_deadline = policy});
    it.drains[on].push_back({.intent = TG_INTENT_STOP, .budget = 1, .at_deadline = TG_DEADLINE_STOP});
    it.drains[on].push_back({.intent = TG_INTENT_STOP, .budget = 1, .at_deadline = TG_DEADLINE_WAIT});
    it.drains[on].push_back({.intent = TG_INTENT_RESTART, .budget = 1, .hold = TG_HOLD_NONE});
    it.resumes[on] = {kAlice};
  }
  return it;
}

Scenario held(bool whole) {
  Scenario it = two("held", "holds by two actors, that expire or not; crash at rest and at any record", whole);
  it.hooks = false;
  it.crash = true;
  for (std::size_t on = 0; on < 3; ++on) {
    it.drains[on].push_back({});
    it.drains[on].push_back({.actor = kBob, .hold = TG_HOLD_UNTIL_TIME});
    it.drains[on].push_back({.intent = TG_INTENT_STOP});
    it.drains[on].push_back({.intent = TG_INTENT_RESTART});
    it.resumes[on] = {kAlice, kBob};
  }
  return it;
}

Scenario everything(bool whole) {
  Scenario it = two("everything", "deadlines and holds, stops and restarts, hooks that take long, CHILD work", whole);
  it.children[0] = 1;
  for (std::size_t on = 0; on < 3; ++on) {
    it.drains[on].push_back({.budget = 1, .at_deadline = TG_DEADLINE_RESUME});
    it.drains[on].push_back({.actor = kBob, .hold = TG_HOLD_UNTIL_TIME});
    it.drains[on].push_back({.intent = TG_INTENT_STOP, .budget = 1});
    it.drains[on].push_back({.intent = TG_INTENT_RESTART, .budget = 1, .at_deadline = TG_DEADLINE_STOP});
    it.resumes[on] = {kAlice};
  }
  return it;
}

}  // namespace

std::span<const Scenario> scenarios() {
  static const std::vector<Scenario> all = {
      // for each run of the tests
      drains(false), holds(false), announced(false), ends(false), ramped(false), flight(false), stops(false), rounds(),
      ends_together(false),
      // for the long tier
      drains(true), holds(true), announced(true), ends(true), ramped(true), flight(true), stops(true), ends_together(true),
      deadlines(true), held(true),
      everything(true)};
  return all;
}

}  // namespace tidegate::model

#include "input.hpp"

#include <algorithm>

#include "tidegate/vocabulary/deadline.h"
#include "tidegate/vocabulary/intent.h"

namespace tidegate::model {
namespace {

constexpr const char *kDeeds[] = {
    "a session leaves",
    "a CHILD leaves",
    "an entry leaves",
    "the admission in flight makes its step",
    "the hook completes",
    "sessions have been asked to go",
    "blockers have been looked at",
    "sessions have been told to close",
    "the steward attends",
    "time passes",
    "nobody was there to be asked to go",
    "the start hook fails",
    "a session asks for admission",
    "a CHILD asks for admission",
    "an emergency asks for admission",
    "an entry asks for admission",
    "a session has looked at the gate",
    "a CHILD has looked at the gate",
    "an emergency has looked at the gate",
    "somebody new asks, and is gone",
    "a leave too many",
    "start",
    "drain",
    "SIGTERM",
    "stop now",
    "resume",
    "crash, and a new process",
};

std::string text_of(const Ask &ask) {
  constexpr const char *kIntents[] = {"stay", "stop", "restart"};
  constexpr const char *kPolicies[] = {"force", "wait", "resume", "stop"};
  constexpr const char *kHolds[] = {"held until resume", "held until restart", "held for a time", "no hold"};
  std::string text = (ask.actor == kNobody ? "nobody in particular" : std::string(kActors[ask.actor])) + " drains to " +
                     kIntents[ask.intent];
  if (ask.budget != kNever) text += ", in " + std::to_string(ask.budget) + " then " + kPolicies[ask.at_deadline];
  text += std::string(", ") + kHolds[ask.hold];
  if (ask.announce) text += ", announced";
  if (ask.replace) text += ", replacing";
  if (ask.emergency) text += ", emergencies may enter";
  if (ask.notice_window != kNever) text += ", sessions are asked to go";
  return text;
}

}  // namespace

std::vector<Input> inputs_of(const Scenario &scenario) {
  std::vector<Input> out;
  for (std::uint8_t i = 0; i < scenario.services; ++i) {
    const auto on = static_cast<std::uint8_t>(1u << i);
    const auto add = [&](bool have, Deed deed) {
      if (have) out.push_back({deed, on});
    };
    const auto drains_with = [&](auto &&is_such) {
      return std::ranges::any_of(scenario.drains[i], is_such) || std::ranges::any_of(scenario.drains[2], is_such);
    };
    add(true, Deed::leave_session);
    add(scenario.children[i] != 0, Deed::leave_child);
    add(scenario.entries[i] != 0, Deed::leave_entry);
    add(scenario.flight, Deed::pass);
    add(scenario.hooks, Deed::hook_done);
    const bool notices = drains_with([](const Ask &ask) { return ask.notice_window != kNever; });
    add(notices, Deed::noticed);
    add(notices, Deed::nobody_noticed);
    add(scenario.config[i].stalled_after != kNever, Deed::blockers_seen);
    add(scenario.config[i].tells_to_close, Deed::close_told);
    add(true, Deed::attend);
    add(scenario.hooks && scenario.may_fail, Deed::hook_failed);
    add(true, Deed::admit);
    add(scenario.children[i] != 0, Deed::admit_child);
    add(scenario.emergency, Deed::admit_emergency);
    add(scenario.entries[i] != 0, Deed::admit_entry);
    add(scenario.flight, Deed::look);
    add(scenario.flight && scenario.children[i] != 0, Deed::look_child);
    add(scenario.flight && scenario.emergency, Deed::look_emergency);
    add(drains_with([](const Ask &ask) { return ask.announce; }), Deed::arrive);
    add(scenario.surplus, Deed::surplus_leave);
    add(true, Deed::start);
    add(scenario.stop_now, Deed::stop_now);
  }
  for (std::uint8_t which = 0; which < 3; ++which) {
    if (which != 0 && scenario.services == 1) break;
    const auto on = static_cast<std::uint8_t>(which + 1);
    for (const Ask &ask : scenario.drains[which]) out.push_back({Deed::drain, on, ask.actor, false, &ask});
    for (const std::uint8_t actor : scenario.resumes[which]) out.push_back({Deed::resume, on, actor});
    if (scenario.all_holds && !scenario.resumes[which].empty()) out.push_back({Deed::resume, on, kCarol, true});
  }
  const auto all = static_cast<std::uint8_t>((1u << scenario.services) - 1);
  if (scenario.services > 1) {
    out.push_back({Deed::attend, all});
    out.push_back({Deed::start, all});
  }
  if (scenario.terminate) {
    // Also by the actor of drains in progress, and with a deadline that ends no session.
    static const Ask kTerms[] = {{.actor = kCarol, .intent = TG_INTENT_STOP, .budget = 2, .hold = TG_HOLD_NONE},
                                 {.intent = TG_INTENT_STOP, .budget = 2, .at_deadline = TG_DEADLINE_WAIT, .hold = TG_HOLD_NONE}};
    for (const Ask &term : kTerms) out.push_back({Deed::terminate, all, term.actor, false, &term});
  }
  out.push_back({Deed::tick});
  if (scenario.crash) out.push_back({Deed::crash});
  std::ranges::stable_sort(out, {}, &Input::deed);
  return out;
}

std::string text_of(const Input &input) {
  std::string text = input.on == 0 ? "" : input.on == 1 ? "A: " : input.on == 2 ? "B: " : "A and B: ";
  if (input.deed == Deed::drain) return text + text_of(*input.ask);
  text += kDeeds[static_cast<std::size_t>(input.deed)];
  if (input.deed == Deed::terminate) return text + ", in " + std::to_string(input.ask->budget);
  if (input.deed == Deed::resume) text += " by " + std::string(kActors[input.actor]);
  if (input.all_holds) text += ", all holds";
  return text;
}

}  // namespace tidegate::model

#include "names.hpp"

#include "core/vocabulary.hpp"
#include "tidegate/vocabulary/intent.h"

namespace tidegate::model {
namespace {

std::string in(Nanos moment, Nanos now) {
  if (moment == kNever) return "never";
  return moment <= now ? "now" : "in " + std::to_string(moment - now);
}

std::string text_of(const HoldNotes &holds, Nanos now) {
  constexpr std::string_view kLasts[] = {"until resume", "until restart", "for a time"};
  std::string text;
  for (std::size_t actor = 0; actor < kHolders; ++actor) {
    if (!holds[actor].is_there()) continue;
    text += (text.empty() ? "" : ", ") + (actor == kNobody ? "nobody in particular" : std::string(kActors[actor])) + " " +
            std::string(kLasts[holds[actor].lasts]);
    if (holds[actor].expires != kNever) text += " (" + in(holds[actor].expires, now) + ")";
  }
  return text.empty() ? "none" : text;
}

std::string text_of(const Service &it, Nanos now) {
  const sdk::machine::State &state = it.state;
  std::string text(sdk::machine::name_of(state.place));
  const auto also = [&text](bool so, const std::string &what) {
    if (so) text += ", " + what;
  };
  also(state.intent == TG_INTENT_STOP, "to stop");
  also(state.intent == TG_INTENT_RESTART, "to restart");
  also(state.hurry, "in a hurry");
  also(state.unheld, "a drain without a hold");
  also(state.epoch != 0, "epoch " + std::to_string(state.epoch));
  also(state.deadline != kNever, "deadline " + in(state.deadline, now));
  also(state.kill_at != kNever, "kill " + in(state.kill_at, now));
  also(state.announce_until != kNever, "announces until " + in(state.announce_until, now));
  also(state.ramp_next != kNever, "ramp grows " + in(state.ramp_next, now));
  also(true, "holds: " + text_of(notes_of(state.holds), now));
  text += "; gate ";
  text += it.gate.is_open() ? "open" : it.gate.sealed ? "sealed" : "draining";
  text += " with " + std::to_string(it.gate.sessions) + " sessions";
  also(it.gate.children != 0, std::to_string(it.gate.children) + " CHILD");
  also(it.gate.entries != 0, std::to_string(it.gate.entries) + " entries");
  also(it.flight != Flight::none, "one in flight");
  also(it.ready, "ready");
  also(it.start_due, "start hook runs");
  also(it.stop_due, "stop hook runs");
  also(it.seen.drained, "25050 said");
  return text + "; journal: holds: " + text_of(it.record.holds, now);
}

}  // namespace

std::string_view text_of_event(std::uint32_t number) { return sdk::event_word(number).label; }

std::vector<std::string> lines_of(const Scenario &scenario, const World &world) {
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < scenario.services; ++i)
    lines.push_back(std::string("    ") + name_of(i) + " " + text_of(world.of[i], world.now));
  return lines;
}

}  // namespace tidegate::model

#include "world.hpp"

#include <algorithm>

namespace tidegate::model {

std::uint8_t actor_of(std::string_view name) {
  return static_cast<std::uint8_t>(std::ranges::find(kActors, name) - kActors.begin());
}

HoldNotes notes_of(const sdk::Holds &holds) {
  HoldNotes notes{};
  for (const sdk::Hold &hold : holds)
    if (const std::uint8_t actor = actor_of(hold.action.actor.view()); actor < kHolders)
      notes[actor] = {hold.lasts, hold.expires, hold.stops};
  return notes;
}

sdk::Hold hold_of(std::uint8_t actor, const HoldNote &note) {
  sdk::Hold hold;
  hold.action.actor.assign(kActors[actor]);
  hold.lasts = note.lasts;
  hold.expires = note.expires;
  hold.stops = note.stops;
  hold.expires_unix = note.expires == kNever ? 0 : static_cast<std::int64_t>(note.expires) + kUnixAhead;
  return hold;
}

}  // namespace tidegate::model

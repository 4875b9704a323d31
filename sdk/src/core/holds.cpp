#include "core/holds.hpp"

#include <algorithm>
#include <span>

namespace tidegate::sdk {

bool Hold::covers(const Hold &other) const {
  const auto strength = [](const Hold &hold) {
    return hold.lasts == TG_HOLD_UNTIL_RESUME ? 2 : hold.lasts == TG_HOLD_UNTIL_TIME ? 1 : 0;
  };
  if (strength(*this) != strength(other)) return strength(*this) > strength(other);
  return lasts != TG_HOLD_UNTIL_TIME || expires_unix >= other.expires_unix;
}

const Hold *Holds::find(std::string_view actor) const {
  const Hold *found = std::find_if(begin(), end(), [&](const Hold &hold) { return hold.action.actor.view() == actor; });
  return found == end() ? nullptr : found;
}

bool Holds::place(const Hold &hold) {
  if (const Hold *known = find(hold.action.actor.view())) {
    Hold &mine = items_[static_cast<std::size_t>(known - begin())];
    const std::int64_t since = mine.since_unix;
    mine = hold;
    mine.since_unix = since;
    return true;
  }
  if (full()) return false;
  items_[count_++] = hold;
  return true;
}

bool Holds::lift(std::string_view actor) {
  return remove_if([&](const Hold &hold) { return hold.action.actor.view() == actor; }) != 0;
}

Nanos Holds::next_expiry() const {
  Nanos first = kNever;
  for (const Hold &hold : *this) first = std::min(first, hold.expires);
  return first;
}

bool Holds::expire(Nanos now, Hold &expired) {
  for (Hold &hold : std::span(items_.data(), count_)) {
    if (hold.expires > now) continue;
    if (!hold.stops) {
      expired = hold;
      return lift(expired.action.actor.view());
    }
    hold.lasts = TG_HOLD_UNTIL_RESTART;
    hold.expires = kNever;
    hold.expires_unix = 0;
    hold.stops = false;
  }
  return false;
}

void Holds::follow(Nanos now, std::int64_t unix_now) {
  constexpr Nanos kApart = 10'000'000;  // two clocks cannot be read at one instant
  for (Hold &hold : std::span(items_.data(), count_)) {
    if (hold.lasts != TG_HOLD_UNTIL_TIME) continue;
    const Nanos left = hold.expires_unix <= unix_now ? 0 : static_cast<Nanos>(hold.expires_unix - unix_now);
    const Nanos expires = later(now, left);
    if (std::max(expires, hold.expires) - std::min(expires, hold.expires) > kApart) hold.expires = expires;
  }
}

bool Holds::operator==(const Holds &other) const { return std::equal(begin(), end(), other.begin(), other.end()); }

void Holds::restart() {
  remove_if([](const Hold &hold) { return !hold.outlives_restart(); });
  forget_stops();
}

void Holds::forget_stops() {
  for (Hold &hold : std::span(items_.data(), count_)) hold.stops = false;
}

template <class F>
std::size_t Holds::remove_if(F &&gone) {
  Hold *const first = items_.data();
  const Hold *const kept = std::remove_if(first, first + count_, gone);
  const auto removed = static_cast<std::size_t>(first + count_ - kept);
  count_ -= removed;
  return removed;
}

}  // namespace tidegate::sdk

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/event.hpp"
#include "core/nanos.hpp"
#include "tidegate/hold.h"

namespace tidegate::sdk {

/// One party's wish that a service stay paused.
struct Hold {
  Action action;  ///< whose it is, and why
  std::uint32_t lasts = TG_HOLD_UNTIL_RESUME;
  Nanos expires = kNever;         ///< moment of the monotonic clock
  std::int64_t since_unix = 0;    ///< for people and for the journal; nothing here computes with it
  std::int64_t expires_unix = 0;  ///< likewise; 0: does not expire
  bool stops = false;  ///< UNTIL_TIME: its actor has asked for a stop too, so that it ends as UNTIL_RESTART, not in a resume

  bool outlives_restart() const { return lasts != TG_HOLD_UNTIL_RESTART; }
  /// It lasts at least as long as the other: until its actor resumes, until the later time, then until a restart.
  bool covers(const Hold &other) const;
  bool operator==(const Hold &) const = default;
};

/// The holds on one service: at most one for each actor, oldest first. Needs no memory.
class Holds {
 public:
  static constexpr std::size_t kMax = 8;

  bool full() const { return count_ == kMax; }
  std::size_t size() const { return count_; }
  bool empty() const { return count_ == 0; }
  const Hold *begin() const { return items_.data(); }
  const Hold *end() const { return items_.data() + count_; }

  const Hold *find(std::string_view actor) const;
  /// Adds a hold, or replaces the hold of the same actor. Returns: false when there is no room.
  bool place(const Hold &hold);
  /// Returns: false when the actor has none.
  bool lift(std::string_view actor);
  void clear() { count_ = 0; }

  /// When the first of them expires; kNever: none does.
  Nanos next_expiry() const;
  /// Takes away the first that has expired, and gives it to the caller. Returns: false when none has.
  bool expire(Nanos now, Hold &expired);
  /// Moves the expiries to where the wall clock is now: it was set, or runs faster or slower than the monotonic one.
  void follow(Nanos now, std::int64_t unix_now);
  /// No actor's stop is in force any more: each hold ends when its time is over.
  void forget_stops();
  /// Removes the holds that do not survive a restart.
  void restart();

  bool operator==(const Holds &other) const;

 private:
  template <class F>
  std::size_t remove_if(F &&gone);

  std::array<Hold, kMax> items_{};
  std::size_t count_ = 0;
};

}  // namespace tidegate::sdk

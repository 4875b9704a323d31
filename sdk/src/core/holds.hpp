#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/event.hpp"
#include "core/nanos.hpp"
#include "tidegate/vocabulary/hold.h"

namespace tidegate::sdk {

/// One actor's request that a service stay paused.
struct Hold {
  Action action;  ///< the actor that owns the hold, and the reason
  std::uint32_t lasts = TG_HOLD_UNTIL_RESUME;
  Nanos expires = kNever;         ///< moment of the monotonic clock
  std::int64_t since_unix = 0;    ///< wall-clock time, for people and the journal
  std::int64_t expires_unix = 0;  ///< expiry by the wall clock, which follow() moves `expires` to; 0: does not expire
  bool stops = false;  ///< UNTIL_TIME: the actor has requested a stop too; at its expiry the hold becomes UNTIL_RESTART, without a resume

  bool outlives_restart() const { return lasts != TG_HOLD_UNTIL_RESTART; }
  /// Returns: whether this hold lasts at least as long as the other: UNTIL_RESUME lasts longest, then UNTIL_TIME, then UNTIL_RESTART.
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
  /// Lifts the hold of an actor. Returns: false when the actor has no hold.
  bool lift(std::string_view actor);
  void clear() { count_ = 0; }

  /// Returns the time of the first expiry; kNever: no hold expires.
  Nanos next_expiry() const;
  /// Removes the first hold that has expired and copies it to `expired`. Returns: false when there is none.
  bool expire(Nanos now, Hold &expired);
  /// Moves the expiries by the present wall-clock time, as the wall clock can be set, or drift from the monotonic clock.
  void follow(Nanos now, std::int64_t unix_now);
  /// Forgets the stops that actors have requested: each timed hold then ends at its expiry.
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

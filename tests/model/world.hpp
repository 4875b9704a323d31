#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string_view>

#include "core/host_end.hpp"
#include "core/machine.hpp"
#include "door.hpp"

namespace tidegate::model {

using sdk::kNever;
using sdk::Nanos;

/// Who asks. Two are enough to take each other's hold for theirs; then nobody in particular, whose hold anybody may lift;
/// the last never has one.
enum Actor : std::uint8_t { kAlice, kBob, kNobody, kCarol };
inline constexpr std::size_t kHolders = 3;
inline constexpr std::array<std::string_view, 4> kActors{"alice", "bob", "", "carol"};
/// Returns: kActors.size() for somebody else.
std::uint8_t actor_of(std::string_view name);

/// Some of them, by bits.
using Actors = std::uint8_t;
inline constexpr Actors kEverybody = 0xf;

/// A hold without its texts.
struct HoldNote {
  std::uint32_t lasts = TG_HOLD_NONE;
  Nanos expires = kNever;
  bool stops = false;  ///< of a state: see sdk::Hold; nothing that is seen from outside

  bool is_there() const { return lasts != TG_HOLD_NONE; }
  /// It is still there when a process begins at `now`.
  bool is_left_after_crash(Nanos now) const { return is_there() && lasts != TG_HOLD_UNTIL_RESTART && expires > now; }
  /// It lasts at least as long as the other.
  bool covers(const HoldNote &other) const {
    constexpr int kStrength[] = {3, 1, 2, 0};  // by TG_HOLD_*
    if (lasts != other.lasts) return kStrength[lasts] > kStrength[other.lasts];
    return expires >= other.expires;
  }
  auto operator<=>(const HoldNote &) const = default;
};
using HoldNotes = std::array<HoldNote, kHolders>;  // by actor

HoldNotes notes_of(const sdk::Holds &holds);
sdk::Hold hold_of(std::uint8_t actor, const HoldNote &note);

/// What the journal says of a service, as far as recovery goes by it.
struct Record {
  std::uint64_t epoch = 0;
  HoldNotes holds{};

  auto operator<=>(const Record &) const = default;
};

/// What somebody knows who sees the events, the answers and the admissions of a service, and nothing of its state.
struct Seen {
  bool started = false;      // 25049 of this epoch
  bool drained = false;      // 25050 of this epoch
  bool early = false;        // 25125 of this epoch
  bool reopened = false;     // since 25049 the gate has been opened
  bool stopped = false;      // 25003 since the last start
  bool ran = false;          // since the last 25100 it was said to have started
  bool hooks_used = false;   // from its start hook's beginning to its stop hook's end
  bool serving = false;      // from its start hook's end to its stop hook's beginning
  bool told_close = false;   // the host has been told to close sessions since the gate was open
  bool emergency = false;    // the drain in progress permits emergencies
  std::uint64_t epoch = 0;   // of the last 25049
  Nanos due = kNever;        // the deadline that the drain in progress has promised, until 25121
  std::uint32_t at_due = 0;  // and what happens then
  std::uint8_t due_of = 0;   // and whose it is
  Actors unheld = 0;         // who has asked for the drain in progress, or joined it, without a hold
  Actors stoppers = 0;       // who has asked it to end in a stop or a restart
  HoldNotes holds{};         // as the events said

  bool operator==(const Seen &) const = default;
};

/// An admission that has looked at the gate, and has not passed it yet.
enum class Flight : std::uint8_t { none, work, child, emergency };

/// One service, as the runtime keeps it.
struct Service {
  sdk::machine::State state{};
  Door gate{};
  std::uint64_t limit = 0;  // as Admission::set_limit() was told
  bool ready = false;
  bool start_due = false, stop_due = false, notice_due = false, name_due = false, close_due = false;  // hooks that run
  Flight flight = Flight::none;
  std::uint64_t arrivals = 0, departures = 0;
  Record record{};
  Seen seen{};

  bool operator==(const Service &) const = default;
};

inline constexpr std::size_t kServices = 2;
/// The moment that each state is moved to: later moments are what they are from here.
inline constexpr Nanos kNow = 64;
/// The wall clock's, at any moment.
inline constexpr std::int64_t kUnixAhead = 1'000'000;

struct World {
  Nanos now = kNow;
  sdk::HostEnd end{};
  std::array<Service, kServices> of{};

  bool operator==(const World &) const = default;
};

}  // namespace tidegate::model

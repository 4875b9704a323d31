#pragma once

#include <atomic>
#include <cstdint>

namespace tidegate::sdk {

/// What a unit inside the gate is counted as.
enum class Unit : std::uint8_t { session, child, entry };

/// Who may pass: ordinary work through an open gate only, permitted work through a draining one too.
enum class Pass : std::uint8_t { ordinary, inside };

/// What the gate said to one who asked to pass.
enum class Passage : std::uint8_t { passed, shut, full };

/// How many are inside.
struct Counts {
  std::uint64_t sessions = 0;
  std::uint64_t children = 0;
  std::uint64_t entries = 0;
  std::uint64_t live() const { return sessions + children + entries; }
};

/// The gate of one service: counts who is inside and decides who passes, in one atomic step.
///
/// Three positions: open; draining, where what the permission table permits passes unless nobody is left; sealed, where
/// nothing passes. A draining gate with nobody inside lets nothing pass either, until it is opened: that makes "drained" a
/// fact, not a guess. A refusal does not touch the word.
///
/// Threads: pass() and leave() any; shut(), seal() and open() under the host's control lock. All that
/// decides is one word, so every step is one point in the order of all steps, and no argument about several variables is
/// needed.
class Gate {
 public:
  static constexpr std::uint64_t kMaxSessions = (1u << 24) - 1;
  static constexpr std::uint64_t kMaxChildren = (1u << 18) - 1;
  static constexpr std::uint64_t kMaxEntries = (1u << 20) - 1;

  /// Counts one in, or says why not. `max_sessions` bounds sessions that are not children; 0: only kMaxSessions does.
  Passage pass(Unit unit, Pass pass, std::uint64_t max_sessions = 0);

  enum class Left : std::uint8_t { more, last, none };
  /// Counts one out. `last`: nobody is left in a gate that is not open, so whoever gets it tells the steward, then calls
  /// gone(). `none`: nobody of that unit was inside; nothing is changed.
  Left leave(Unit unit);
  void gone() { leaving_.fetch_sub(1, std::memory_order_release); }
  /// Somebody has been counted out and still has to do with the gate, or with what it belongs to. Once false, and with
  /// nobody inside of a sealed gate, all of it may be taken down.
  bool leaving() const { return leaving_.load(std::memory_order_acquire) != 0; }

  /// Shuts for ordinary work; a sealed gate lets work inside a session in again. Returns: who was inside at that instant.
  Counts shut();
  /// Shuts for everything. Returns: who was inside at that instant.
  Counts seal();
  /// Opens, unless nobody is inside any more: then the drain has completed, which must be said before anybody gets in.
  bool open_unless_drained();
  void open();

  enum class Position : std::uint8_t { open, draining, sealed };
  /// What it lets pass now: draining with nobody inside counts as sealed, as it lets nothing pass until it is opened.
  /// Acquire: whoever sees a position sees what was permitted before the gate was moved there.
  Position position() const { return position_of(word_.load(std::memory_order_acquire)); }
  bool is_open() const;
  /// Not open and nobody inside. Once true it stays so until the gate is opened.
  bool drained() const;
  Counts counts() const;

 private:
  // bit 0 draining, bit 1 sealed, 24 bits sessions, 18 bits children, 20 bits entries
  static constexpr std::uint64_t kDraining = 1;
  static constexpr std::uint64_t kSealed = 2;
  static constexpr std::uint64_t kNotOpen = kDraining | kSealed;

  static constexpr bool empty(std::uint64_t word) { return (word & ~kNotOpen) == 0; }
  static constexpr Position position_of(std::uint64_t word) {
    if ((word & kNotOpen) == 0) return Position::open;
    return (word & kSealed) != 0 || empty(word) ? Position::sealed : Position::draining;
  }
  static constexpr bool lets_in(std::uint64_t word, Pass pass) {
    const Position position = position_of(word);
    return position == Position::open || (pass == Pass::inside && position == Position::draining);
  }

  /// Written by all of the above, acquire and release: leaving happens before the step that finds nobody left.
  std::atomic<std::uint64_t> word_{1};  // draining, nobody inside
  /// Those on their way out of a gate that is not open. Raised before the word is changed, so that whoever sees the word
  /// without them sees this with them.
  std::atomic<std::uint32_t> leaving_{0};
};

}  // namespace tidegate::sdk

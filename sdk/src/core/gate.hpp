#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "core/cells.hpp"

namespace tidegate::sdk {

/// What a unit inside the gate is counted as.
enum class Unit : std::uint8_t { session, child, entry };

/// Who may pass: ordinary work through an open gate only, permitted work through a draining one too.
enum class Pass : std::uint8_t { ordinary, inside };

/// How many are inside.
struct Counts {
  std::uint64_t sessions = 0;
  std::uint64_t children = 0;
  std::uint64_t entries = 0;
  std::uint64_t live() const { return sessions + children + entries; }
};

/// The gate of one service: counts who is inside and decides who passes.
///
/// Three positions: open; draining, where what the permission table permits passes unless nobody is left; sealed, where
/// nothing passes. A draining gate with nobody inside lets nothing pass either, until it is opened: that makes "drained" a
/// fact, not a guess. A refusal leaves no trace in any count.
///
/// Two ways to count. **At the word**: position and number of those inside are one atomic word, and every step is one step of
/// it. **At the cells**: an open gate may count in cells, which cost no shared line; then the word says little.
/// Shutting is slow_down(), which closes the cells and adds what they counted to the word, and then one step of the word.
/// From the first on every step is at the word, so that the second finds exactly who is inside. Opening is the other way
/// round: a step of the word, then speed_up(). Cells are open only while the word says that the gate is.
///
/// The proof is tests/model/gate: exhaustive, with a mutant for each rule. Memory order: whoever leaves happens before the step
/// that finds nobody left: by the word's acquire and release, or by the close of the cells.
///
/// Threads: pass() and leave() any, also in a signal handler and in a forked child; what is under "control" under the host's
/// control lock; figures any.
class Gate {
 public:
  /// All steps are at the word.
  Gate() = default;
  /// `memory`: nullptr: likewise. Throws std::bad_alloc.
  Gate(std::uint32_t service, CellMemory *memory) {
    if (memory != nullptr) memory->give(service, cells_);
  }
  const Cells &cells() const { return cells_; }

  /// Counts one in where that costs least. Returns: false when pass() has to be asked.
  template <Lane kIn>
  [[gnu::always_inline]] bool pass_here() {
    return cells_.add<kIn>();
  }
  /// Counts one in. Returns: false when it may not pass.
  bool pass(Unit unit, Pass pass) { return pass_lane(lane_in(unit, pass), pass); }
  /// Whether it lets no ordinary work in; a refusal need not know more.
  bool is_shut() const { return (word_.load(std::memory_order_relaxed) & kNotOpen) != 0; }

  enum class Left : std::uint8_t { more, last, none };
  /// Counts one out. `last`: nobody is left in a gate that is not open, so whoever gets it tells the steward, then calls
  /// gone(). `none`: an entry too many was counted out, and nothing is changed; while the gate is open that cannot be seen,
  /// and is found out when it is shut.
  Left leave(Unit unit) { return leave_lane(lane_out(unit)); }
  /// Counts one out where that costs least. Returns: false when leave() has to be asked.
  template <Lane kOut>
  [[gnu::always_inline]] bool leave_here() {
    return cells_.add<kOut>();
  }
  void gone() { leaving_.fetch_sub(1, std::memory_order_release); }
  /// Somebody has been counted out and still has to do with the gate, or with what it belongs to. Once false, and with
  /// nobody inside of a gate that is not open, all of it may be taken down.
  bool leaving() const { return leaving_.load(std::memory_order_acquire) != 0; }

  // ---- control ----

  /// Has every step made at the word from now on. Returns: false, and nothing is changed, when the system refuses the fence.
  bool slow_down();
  /// The same when no other thread may begin a step any more, which needs no fence.
  void slow_down_unfenced();
  /// Has the steps of an open gate made at the cells.
  void speed_up();

  /// Shuts for ordinary work; a sealed gate lets work inside a session in again. slow_down() comes first where it may fail:
  /// here it may not. Returns: how many were inside at that instant.
  std::uint64_t shut();
  /// Shuts for everything; likewise. Returns: how many were inside at that instant.
  std::uint64_t seal();
  /// Opens, unless nobody is inside any more: then the drain has completed, which must be said before anybody gets in.
  bool open_unless_drained();
  void open();
  /// Not open and nobody inside. Once true it stays so until the gate is opened.
  bool drained() const;

  // ---- figures ----

  enum class Position : std::uint8_t { open, draining, sealed };
  /// What it lets pass now: draining with nobody inside counts as sealed, as it lets nothing pass until it is opened.
  /// Acquire: whoever sees a position sees what was permitted before the gate was moved there.
  Position position() const { return position_of(word_.load(std::memory_order_acquire)); }
  bool is_open() const { return (word_.load(std::memory_order_relaxed) & kNotOpen) == 0; }
  /// How many are inside: exactly, when the gate is not open.
  std::uint64_t live() const;
  Counts counts() const;
  /// What has been counted so far.
  std::uint64_t total(Lane lane) const;
  /// Entries that were counted out too often, and were found out.
  std::uint64_t surplus() const { return surplus_.load(std::memory_order_acquire); }

 private:
  // bit 0 draining, bit 1 sealed, then two signed numbers: entries inside, 34 bits; sessions and children inside, 28 bits;
  // each less those who are counted at the cells. In one word, so that an entry that is counted out twice is found out by the
  // step that would do it, and does not end a drain in another's place. Neither is below 0 when the gate is not open.
  static constexpr std::int64_t kDraining = 1;
  static constexpr std::int64_t kSealed = 2;
  static constexpr std::int64_t kNotOpen = kDraining | kSealed;
  static constexpr std::int64_t kOneEntry = 4;
  static constexpr std::int64_t kOneSession = kOneEntry << 34;
  static constexpr std::int64_t kMostEntries = std::int64_t{1} << 32;  // and as many too few; sessions: as many as records

  static constexpr std::int64_t entries(std::int64_t word) {  // the lower number, with its sign
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(word) << 28) >> 30;
  }
  static constexpr std::int64_t sessions(std::int64_t word) { return (word - entries(word) * kOneEntry) >> 36; }
  static constexpr std::int64_t inside(std::int64_t word) { return sessions(word) + entries(word); }
  static constexpr bool empty(std::int64_t word) { return (word & ~kNotOpen) == 0; }
  static constexpr Position position_of(std::int64_t word) {
    if ((word & kNotOpen) == 0) return Position::open;
    return (word & kSealed) != 0 || empty(word) ? Position::sealed : Position::draining;
  }
  static constexpr bool lets_in(std::int64_t word, Pass pass) {
    const Position position = position_of(word);
    return position == Position::open || (pass == Pass::inside && position == Position::draining);
  }

  static constexpr Lane lane_in(Unit unit, Pass pass) {
    if (unit == Unit::entry) return pass == Pass::ordinary ? Lane::entry_in : Lane::entry_child_in;
    return unit == Unit::session ? Lane::session_in : Lane::child_in;
  }
  static constexpr Lane lane_out(Unit unit) {
    return unit == Unit::entry ? Lane::entry_out : unit == Unit::session ? Lane::session_out : Lane::child_out;
  }
  bool add(Lane lane);
  bool pass_lane(Lane lane, Pass pass);
  Left leave_lane(Lane lane);
  std::uint64_t shut_as(std::int64_t position);
  bool take_cells(bool fenced);

  std::atomic<std::int64_t> &at_word(Lane lane) { return at_word_[static_cast<std::size_t>(lane)]; }

  Cells cells_;
  /// Written by every step at the word, acquire and release.
  std::atomic<std::int64_t> word_{kDraining};  // draining, nobody inside
  /// Those on their way out of a gate that is not open. Raised before the word is changed, so that whoever sees the word
  /// without them sees this with them.
  std::atomic<std::uint32_t> leaving_{0};
  std::atomic<std::uint64_t> surplus_{0};
  /// What was counted at the word, for figures: relaxed, in any order with it.
  std::array<std::atomic<std::int64_t>, kGateLanes> at_word_{};
};

}  // namespace tidegate::sdk

#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "core/cells.hpp"

namespace tidegate::sdk {

/// The kinds of units that the gate counts.
enum class Unit : std::uint8_t { session, child, entry };

/// Two ways to pass: `ordinary` passes an open gate only; `inside`, for permitted sessions, also passes a draining gate.
enum class Pass : std::uint8_t { ordinary, inside };

/// The numbers inside the gate.
struct Counts {
  std::uint64_t sessions = 0;
  std::uint64_t children = 0;
  std::uint64_t entries = 0;
  std::uint64_t live() const { return sessions + children + entries; }
};

/// The gate of one service: counts the sessions and entries inside, and decides which admissions pass.
///
/// The gate has three positions:
/// 1. open: every admission passes.
/// 2. draining: an admission passes if the permission table allows it and the gate is not empty.
/// 3. sealed: no admission passes.
/// An empty draining gate lets nothing pass until it is opened; so "drained" is a fact and not a guess. A refusal changes no count.
///
/// The gate counts in two ways. **At the word**: one atomic word has the position and the numbers inside, and each admission or release is
/// one step of the word. **At the cells**: an open gate may count in cells, which need no shared cache line; then the word has only the
/// rest. Shutting has two steps: slow_down() closes the cells and adds their counts to the word, then one step of the word moves the
/// gate. After slow_down() all counting is at the word, so the second step finds exactly the sessions inside. Opening goes the other way:
/// a step of the word, then speed_up(). The cells are open only while the word says that the gate is open.
///
/// The proof is tests/model/gate: exhaustive, with a mutant for each rule. Memory order: a leave happens before the step that finds the
/// gate empty, by acquire and release on the word or by the close of the cells.
///
/// Threads: pass() and leave() any, also in a signal handler and in a forked child; functions under "control" under the host's control
/// lock; statistics any.
class Gate {
 public:
  /// Makes a gate without cells: all steps are at the word.
  Gate() = default;
  /// `memory`: memory for the cells; nullptr: no cells. Throws std::bad_alloc.
  Gate(std::uint32_t service, CellMemory *memory) {
    if (memory != nullptr) memory->give(service, cells_);
  }
  const Cells &cells() const { return cells_; }

  /// Counts one in at the cells, the cheapest way. Returns: false when the caller must call pass().
  template <Lane kIn>
  [[gnu::always_inline]] bool pass_here() {
    return cells_.add<kIn>();
  }
  /// Counts one in. Returns: false when the gate refuses.
  bool pass(Unit unit, Pass pass) { return pass_lane(lane_in(unit, pass), pass); }
  /// Returns: whether the gate is not open, so that ordinary admissions are refused.
  bool is_shut() const { return (word_.load(std::memory_order_relaxed) & kNotOpen) != 0; }

  enum class Left : std::uint8_t { more, last, none };
  /// Counts one session or entry out. Returns `last` when a gate that is not open is empty now: the caller tells the steward, then calls
  /// gone(). Returns `none`, with nothing changed, for a surplus leave of an entry; an open gate finds surplus leaves when it is shut.
  Left leave(Unit unit) { return leave_lane(lane_out(unit)); }
  /// Counts one out at the cells, the cheapest way. Returns: false when the caller must call leave().
  template <Lane kOut>
  [[gnu::always_inline]] bool leave_here() {
    return cells_.add<kOut>();
  }
  void gone() { leaving_.fetch_sub(1, std::memory_order_release); }
  /// Returns: whether a thread that was counted out still uses the gate or its service. When it is false, and the gate is not open and
  /// empty, the service may be destroyed.
  bool leaving() const { return leaving_.load(std::memory_order_acquire) != 0; }

  // ---- control ----

  /// Moves counting from the cells to the word. Returns: false, with nothing changed, when the system refuses the fence.
  bool slow_down();
  /// Does the same without a fence, for a caller that accepts an inexact count, or knows that no other thread makes a step now.
  void slow_down_unfenced();
  /// Moves counting from the word to the cells, if the gate is open.
  void speed_up();

  /// Moves the gate to draining, also from sealed. The caller has called slow_down(), as a failure here aborts the process.
  /// Returns: the number inside at that instant.
  std::uint64_t shut();
  /// Moves the gate to sealed; the caller has called slow_down(). Returns: the number inside at that instant.
  std::uint64_t seal();
  /// Opens the gate unless it is empty: then the drain has completed, and event 25050 must come before the next admission.
  bool open_unless_drained();
  void open();
  /// Returns: whether the gate is empty and not open. Once true, it stays true until the gate is opened.
  bool drained() const;

  // ---- figures ----

  enum class Position : std::uint8_t { open, draining, sealed };
  /// Returns the position. An empty draining gate is shown as sealed, as it lets nothing pass until it is opened. Acquire: a thread that
  /// sees a position sees the permissions that were set before the gate moved there.
  Position position() const { return position_of(word_.load(std::memory_order_acquire)); }
  bool is_open() const { return (word_.load(std::memory_order_relaxed) & kNotOpen) == 0; }
  /// Returns the number inside; exact when the gate is not open.
  std::uint64_t live() const;
  Counts counts() const;
  /// Returns the count of a lane so far.
  std::uint64_t total(Lane lane) const;
  /// Returns the number of surplus leaves that were detected when the gate was shut.
  std::uint64_t surplus() const { return surplus_.load(std::memory_order_acquire); }

 private:
  // Bit 0: draining; bit 1: sealed; then two signed numbers: entries inside, 34 bits; sessions and children inside, 28 bits; both
  // without the counts of the cells. They share one word, so that the step of a surplus leave detects it, and a surplus leave never
  // completes a drain in place of a session. Neither number is below 0 when the gate is not open.
  static constexpr std::int64_t kDraining = 1;
  static constexpr std::int64_t kSealed = 2;
  static constexpr std::int64_t kNotOpen = kDraining | kSealed;
  static constexpr std::int64_t kOneEntry = 4;
  static constexpr std::int64_t kOneSession = kOneEntry << 34;
  static constexpr std::int64_t kMostEntries = std::int64_t{1} << 32;  // and the most surplus leaves; sessions are bounded by records

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
  std::atomic<std::int64_t> word_{kDraining};  // draining and empty
  /// The number of threads that leave a gate which is not open. Raised before the word changes, so that a thread that sees the word
  /// without them sees them here.
  std::atomic<std::uint32_t> leaving_{0};
  std::atomic<std::uint64_t> surplus_{0};
  /// Counts at the word, for statistics: relaxed, in no order with the word.
  std::array<std::atomic<std::int64_t>, kGateLanes> at_word_{};
};

}  // namespace tidegate::sdk

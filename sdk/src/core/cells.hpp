#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <vector>

#include "core/fence.hpp"
#include "core/per_cpu.hpp"

namespace tidegate::sdk {

/// The numbers that a service counts in its cells: one number of 64 bits for each processor or shard.
enum class Lane : std::uint8_t {
  // Through an open gate:
  session_in,
  session_out,
  child_in,
  child_out,
  entry_in,        // of kind NEW
  entry_child_in,  // inside a session
  entry_out,
  // Any time, on a line of their own:
  refused_new = 8,
  refused_other,
  not_new,  // admitted sessions of another kind than NEW
  credit,   // sessions that this processor may still admit; not a count of past events
};
inline constexpr std::size_t kGateLanes = 7;
inline constexpr std::size_t kLanes = 12;

/// A number for each lane that an open gate counts.
using Sums = std::array<std::int64_t, kGateLanes>;

/// The part of a service that admissions read first. It lies on a page that the kernel wipes in a forked child: there all cells are closed,
/// and `alive` is 0.
struct Entrance {
  per_cpu::Rows per_cpu;              ///< rows of the processors; count 0: closed
  std::atomic<char *> shared{nullptr};  ///< rows of the shards; null: there are none, or they are not open yet
  std::atomic<std::uint64_t> alive{1};  ///< 0: this is a forked child
};

/// The cells of one service, which are of one of two kinds:
/// 1. Per processor: a restartable sequence counts, as long as the entrance has rows.
/// 2. Shared: the cells are shards of atomics; the last bit of a cell says that the cell is closed.
///
/// close() makes every later add() return false, and returns the exact sums. Memory order: a step that a cell has counted happens before
/// the return of close(); per processor by the fence, shared by the exchange of the cell.
///
/// Threads: add(), note() and the sums any; close() and open() under the host's control lock.
class Cells {
 public:
  /// Makes an object without cells, which is never open.
  Cells() = default;
  Cells(const Cells &) = delete;
  Cells &operator=(const Cells &) = delete;
  /// Sets the place of the cells. `rows`: the cells of the service in the first of `count` rows.
  void lie_in(Entrance &entrance, char *rows, std::uint32_t count, bool per_cpu);

  /// Counts one, if the cells are open. Returns: whether it has counted.
  template <Lane kLane>
  [[gnu::always_inline]] bool add() const {
    return per_cpu::add<offset(kLane)>(entrance_->per_cpu) || add_shared(kLane);
  }
  /// Counts one, whether the cells are open or not. Returns: false when this thread cannot count in the cells.
  template <Lane kLane>
  [[gnu::always_inline]] bool note() const {
    return per_cpu::add<offset(kLane)>(always_) || note_shared(kLane);
  }
  /// Orders notes and sums: if a thread made a note and afterwards read the old value of a variable that the caller has changed before
  /// this call, the sums contain that note from now on. Shared cells use sequentially consistent accesses for it.
  void meet_notes() const {
    if (is_per_cpu_) per_cpu::fence();
  }
  /// Adds to a lane of this processor if its value lies between `least` and `most`, and the cells are open and per processor.
  template <Lane kLane>
  bool add_within(std::int64_t by, std::int64_t least, std::int64_t most) const {
    return per_cpu::add_within<offset(kLane)>(entrance_->per_cpu, by, least, most);
  }

  /// Returns: whether this is a child of the process that made the host; it must not wait for shared state.
  bool forked() const { return entrance_->alive.load(std::memory_order_relaxed) == 0; }
  bool is_open() const { return open_.load(std::memory_order_relaxed); }
  std::uint32_t rows() const { return is_per_cpu_ ? count_ : 0; }

  /// Closes the cells and adds their counts since the opening to `taken`. Returns: false, with nothing changed, when the system refuses
  /// the fence.
  /// `fenced`: false when no other thread can add any more.
  bool close(Sums &taken, bool fenced = true);
  void open();

  /// Returns the count so far, for statistics: exact when no thread counts meanwhile. Of a pair of lanes read the later one first.
  std::int64_t sum(Lane lane) const;
  /// Returns a number that changes with the counts of this processor; a source of randomness, not a count.
  std::uint64_t stir() const;
  /// Takes the values of a lane from all processors; for closed cells.
  std::int64_t take_all(Lane lane) const;

 private:
  static constexpr unsigned offset(Lane lane) { return static_cast<unsigned>(lane) * sizeof(std::uint64_t); }
  std::atomic<std::int64_t> &cell(std::uint32_t row, Lane lane) const {
    return *reinterpret_cast<std::atomic<std::int64_t> *>(rows_ + std::size_t{row} * per_cpu::kStride + offset(lane));
  }
  /// Reads the cell first and does not write to a closed one, so that a storm of refusals does not contend for it.
  [[gnu::always_inline]] bool add_shared(Lane lane) const {
    if (entrance_->shared.load(std::memory_order_acquire) == nullptr) return false;
    std::atomic<std::int64_t> &it = cell(per_cpu::shard(count_), lane);
    return (it.load(std::memory_order_relaxed) & kClosed) == 0 &&
           (it.fetch_add(kOne, std::memory_order_acq_rel) & kClosed) == 0;
  }
  bool note_shared(Lane lane) const {
    if (is_per_cpu_ || rows_ == nullptr) return false;
    cell(per_cpu::shard(count_), lane).fetch_add(1, std::memory_order_seq_cst);  // as meet_notes() says
    return true;
  }

  // A shared cell: bit 0 says that it is closed; the number is above it.
  static constexpr std::int64_t kClosed = 1;
  static constexpr std::int64_t kOne = 2;

  Entrance *entrance_ = &nowhere;
  per_cpu::Rows always_;  // rows of the processors, for note(); never closed
  char *rows_ = nullptr;
  std::uint32_t count_ = 0;
  bool is_per_cpu_ = false;
  std::atomic<bool> open_{false};  // set under the control lock
  /// Counts until the last close; written under the control lock, read for statistics.
  std::array<std::atomic<std::int64_t>, kGateLanes> settled_{};

  static Entrance nowhere;
};

/// The memory that the cells of a host's services lie in. Threads: under the host's control lock; forked() any.
class CellMemory {
 public:
  /// `per_cpu`: whether the cells are per processor; the caller has proved that restartable sequences work. Throws std::bad_alloc.
  explicit CellMemory(bool per_cpu = per_cpu::available());
  ~CellMemory();
  CellMemory(const CellMemory &) = delete;
  CellMemory &operator=(const CellMemory &) = delete;

  /// Gives a service its cells; once. Throws std::bad_alloc.
  void give(std::uint32_t service, Cells &cells);
  /// Returns: whether this is a child of the process that made the host.
  bool forked() const { return entrances_[kMaxServices].alive.load(std::memory_order_relaxed) == 0; }

 private:
  static constexpr std::uint32_t kMaxServices = 65535;

  const bool per_cpu_;
  const std::uint32_t rows_;
  Entrance *const entrances_;  // one for each service, and the last for the host itself
  std::vector<char *> pages_;  // each for kServicesOfAPage services: one page for each row
};

}  // namespace tidegate::sdk

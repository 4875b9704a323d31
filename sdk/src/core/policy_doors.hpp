#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <string_view>

#include "core/gate.hpp"
#include "core/policy_list.hpp"

namespace tidegate::sdk {

/// The list of policies in force, and the threads that may still read an earlier list.
///
/// A thread calls policies only inside a door: enter(), list(), leave(). A door is a Gate, so passing it costs one or two stores, and the
/// calls of a plugin are drained like sessions: turn() opens another door, shuts the present one and lets the threads inside finish. After
/// settled() no thread has an earlier list, and no call of a policy that only an earlier list names is in progress.
///
/// The order of a turn: store the list, open the other door, make it the present door, shut the old door. A thread that enters a door
/// opened after the list was stored finds that list or a later one; turn() waits for threads that entered before.
///
/// Threads: functions under "control" one at a time; all other functions any, without locks or allocation.
class PolicyDoors {
 public:
  static constexpr std::uint32_t kDoors = 4;

  /// `memory`: memory for the cells of the doors, which no other gate uses; nullptr: no cells. `left(user)` is called when the last thread
  /// has left a door that was shut.
  explicit PolicyDoors(const PolicyList &first, CellMemory *memory = nullptr, void (*left)(void *user) = nullptr,
                       void *user = nullptr);
  PolicyDoors(const PolicyDoors &) = delete;
  PolicyDoors &operator=(const PolicyDoors &) = delete;

  /// Returns the number of policies that admissions ask. A hint, for callers that would enter a door in vain.
  std::uint32_t asked() const { return asked_.load(std::memory_order_relaxed); }
  /// Returns the number of policies that are taken out.
  std::uint32_t out() const { return out_.load(std::memory_order_relaxed); }

  /// Enters the present door. Returns: the door, for leave(); nullptr in a child of the process that made the host.
  [[gnu::always_inline]] Gate *enter() {
    Gate *const door = current_.load(std::memory_order_acquire);
    if (door->pass_here<Lane::entry_in>()) [[likely]]
      return door;
    return enter_otherwise();
  }
  [[gnu::always_inline]] void leave(Gate *door) {
    if (!door->leave_here<Lane::entry_out>()) [[unlikely]]
      leave_otherwise(*door);
  }
  /// Returns the list in force; only inside a door.
  const PolicyList &list() const { return *list_.load(std::memory_order_acquire); }

  // ---- control ----

  /// Puts a list in force. The caller keeps the list until settled() is true after a later put(). `out`: the number of its policies that
  /// are taken out.
  void put(const PolicyList &list, std::uint32_t out);
  enum class Turn {
    begun,
    no_door,  ///< nothing has changed: calls inside all other doors have not returned
    refused,  ///< nothing has changed: the system refuses the fence
  };
  static constexpr std::string_view kFenceRefused =
      "the system refuses membarrier(2), which it did not when the process began, and a visit to all processors by sched_setaffinity(2)";
  /// Begins a wait for the threads that may have an earlier list; settled() tells when they have left.
  Turn turn();
  bool turned() const { return turned_; }
  /// Returns: whether all threads have left that were inside before the last turn(), and no put() came after that turn().
  bool settled() const;
  /// Returns: whether no thread is inside any door. Exact when no thread enters one meanwhile; needs no fence.
  bool empty() const;
  /// Returns the number of threads inside the present door; for statistics.
  std::uint64_t inside() const { return current_.load(std::memory_order_relaxed)->live(); }

 private:
  [[gnu::noinline]] Gate *enter_otherwise();
  [[gnu::noinline]] void leave_otherwise(Gate &door);

  void (*const left_)(void *user);
  void *const user_;
  std::array<Gate, kDoors> doors_;
  // Written under control, read by admissions.
  alignas(64) std::atomic<std::uint32_t> asked_{0}, out_{0};
  std::atomic<Gate *> current_{&doors_[0]};  // release and acquire: the door is open
  std::atomic<const PolicyList *> list_;   // release and acquire: the list is read
  bool turned_ = true;                     // control: turn() has been called since the last put()
};

}  // namespace tidegate::sdk

#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "core/policy_doors.hpp"
#include "core/session_slab.hpp"
#include "loop/wake.hpp"

namespace tidegate::sdk {

/// The policies of a host's plugins: makes the list that admissions read, waits until no thread reads an earlier list, and hands sessions
/// from one instance to the next.
///
/// `heir` replaces `old`, without losing a session or admitting one too many, in four steps:
///   add(heir, heir of old), settle(), hand_over()   from here on both know all sessions that old has admitted
///   change(heir, asked), settle()                   both are asked
///   change(old, told), settle(), let_go(old)        old is not asked any more, and is told that its sessions are released
///   remove(old), settle()                           no thread calls old any more
/// A session belongs to the policies that its record names. A release takes that word and a hand-over exchanges it, so one of the two is
/// first.
///
/// Threads: add(), change(), remove(), settle(), hand_over(), even_out() and let_go() one thread at a time; all other functions any.
/// hand_over() and let_go() call policies; mu_ is not held meanwhile.
class Policies {
 public:
  using NameOf = std::function<tg_str(std::uint32_t service)>;
  using Slot = std::uint32_t;
  static constexpr Slot kNone = UINT32_MAX;

  /// `per_cpu`: whether the doors may have cells per processor.
  explicit Policies(SessionSlab &slab, bool per_cpu = per_cpu::available());
  ~Policies();
  Policies(const Policies &) = delete;
  Policies &operator=(const Policies &) = delete;

  PolicyDoors &doors() { return doors_; }

  struct Entry {
    std::string id;                             ///< id of the plugin, for the order
    const tg_admission_policy *role = nullptr;  ///< the table in full length, for every version of the plugin
    void *instance = nullptr;
    PolicyMeter *meter = nullptr;
  };
  // Each function here, and give_back(), throws std::bad_alloc with nothing changed.
  /// Adds a policy that is asked; with `heir_of` an heir, which adopts the sessions that this other policy admits from now on. Throws Fault
  /// TG_E_LIMIT.
  Slot add(const Entry &entry, Slot heir_of = kNone);
  void change(Slot slot, Part part);
  /// Removes a policy that has admitted no session which is still live.
  void remove(Slot slot);
  /// Takes a policy out, so that it is not asked, or puts it back.
  void take_out(Slot slot, bool out);

  /// Waits until no thread is inside with another list than the one in force. Returns: false when a call has not returned within `limit`,
  /// when `hurry()` ends the wait, and at once when the system refuses the fence that shows whether calls are in progress.
  bool settle(Nanos limit, const std::function<bool()> &hurry = {});
  /// Returns the reason for which the last settle() returned false, for an error or event: `call` has not come back, or the fence was
  /// refused. Threads: any.
  std::string why_unsettled(const char *call) const;
  /// Returns: whether the system refused the fence of the last settle(). Threads: any.
  bool is_fence_refused() const { return fence_refused_.load(std::memory_order_relaxed); }
  /// Returns: whether no thread is inside a call of a policy. Exact when no admission and no release begins meanwhile.
  bool is_idle() const { return doors_.empty(); }
  /// Calls the heir's `adopt` for every session that `old` has admitted before add() of the heir. After settle(). Returns: the number of
  /// adopted sessions.
  std::uint64_t hand_over(Slot old, Slot heir, const NameOf &name_of);
  /// Gives all records the present stamp, after a hand-over that was begun and not finished. After settle().
  void even_out();
  /// Tells a policy that is not asked any more that every session that it has admitted is released. After settle(). Returns: the number of
  /// these sessions.
  std::uint64_t let_go(Slot slot, const NameOf &name_of);

  /// Removes policies of `slots` (a bit each) that stayed because of a call, when all calls have returned and the policy has no session
  /// left. Returns: the bits of the removed policies. Calls no policy.
  std::uint32_t give_back(std::uint32_t slots);

  /// For the steward, about once a second. Returns: the slots in which a call has been in progress for longer than `limit(slot)`.
  std::vector<Slot> watch(Nanos now, const std::function<Nanos(Slot)> &limit);
  /// Returns: whether watch() has work to do.
  bool to_watch() const;
  /// Returns the number of live sessions that a policy has admitted.
  std::uint64_t sessions(Slot slot) const;

 private:
  struct Place {
    Entry entry;
    Slot slot = kNone;
    Slot heir_of = kNone;
    Part part = Part::asked;
    bool out = false;
    std::shared_ptr<Cookies> cookies;
  };
  /// A list with the memory that it refers to.
  struct Published {
    PolicyList list;
    std::vector<std::shared_ptr<Cookies>> cookies;
  };

  Place &at(Slot slot);
  static Place &at(std::vector<Place> &places, Slot slot);
  void publish(std::vector<Place> places, std::uint32_t stamp);
  void forget_before();
  static void left(void *self);

  SessionSlab &slab_;
  Wake left_;
  CellMemory memory_;
  const PolicyList none_;
  PolicyDoors doors_;

  std::atomic<bool> fence_refused_{false};  // of the last settle()

  mutable std::mutex mu_;
  // guarded by mu_:
  std::vector<Place> places_;  // in the order in which the policies are asked
  std::uint32_t stamp_;
  bool stamps_differ_ = false;  // of sessions after a hand-over that was begun and not finished
  std::unique_ptr<const Published> now_;
  std::vector<std::unique_ptr<const Published>> before_;  // a thread may be reading
  std::uint32_t removed_ = 0;  // slots of policies in before_ alone, a bit each: not used again while a thread may read before_
};

}  // namespace tidegate::sdk

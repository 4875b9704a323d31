#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "core/policy_doors.hpp"
#include "core/session_slab.hpp"
#include "runtime/wake.hpp"

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
/// Threads: all functions any; hand_over() and let_go() call policies, and are called by one thread at a time, as are settle()
/// and what changes the list, but for take_out(), give_back() and watch(). mu_ is not held while a policy is called.
class Policies {
 public:
  using NameOf = std::function<tg_str(std::uint32_t service)>;
  using Slot = std::uint32_t;
  static constexpr Slot kNone = UINT32_MAX;

  /// `per_cpu`: whether calls in progress may be counted by the processors.
  explicit Policies(SessionSlab &slab, bool per_cpu = per_cpu::available());
  ~Policies();
  Policies(const Policies &) = delete;
  Policies &operator=(const Policies &) = delete;

  PolicyDoors &doors() { return doors_; }

  struct Entry {
    std::string id;                             ///< for the order
    const tg_admission_policy *role = nullptr;  ///< whole, whatever the version of the plugin
    void *instance = nullptr;
    PolicyMeter *meter = nullptr;
  };
  // Each throws std::bad_alloc with nothing changed; give_back() too.
  /// Has it asked, or, with `heir_of`, take over what that one says yes to from now on. Throws Fault TG_E_LIMIT.
  Slot add(const Entry &entry, Slot heir_of = kNone);
  void change(Slot slot, Part part);
  /// Only when no session is left that it has said yes to.
  void remove(Slot slot);
  /// Not asked for a while, or asked again.
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
  /// Shows the heir every session that `old` has said yes to and that it does not know of. After settle(). Returns: how many
  /// it has taken.
  std::uint64_t hand_over(Slot old, Slot heir, const NameOf &name_of);
  /// After a hand-over that was begun and not gone through with; after settle().
  void even_out();
  /// Tells it that every session that it has said yes to is released. After settle(), when it is asked no more. Returns: how
  /// many.
  std::uint64_t let_go(Slot slot, const NameOf &name_of);

  /// Removes policies of `slots` (a bit each) that stayed because of a call, when all calls have returned and the policy has no session
  /// left. Returns: the bits of the removed policies. Calls no policy.
  std::uint32_t give_back(std::uint32_t slots);

  /// For the steward, about once a second. Returns: the slots in which a call has been in progress for longer than `limit(slot)`.
  std::vector<Slot> watch(Nanos now, const std::function<Nanos(Slot)> &limit);
  /// Whether watch() has anything to look at.
  bool to_watch() const;
  /// How many live sessions a policy has said yes to.
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
  std::vector<Place> places_;  // in the order they are asked
  std::uint32_t stamp_;
  bool stamps_differ_ = false;  // of sessions after a hand-over that was begun and not finished
  std::unique_ptr<const Published> now_;
  std::vector<std::unique_ptr<const Published>> before_;  // a thread may be reading
  std::uint32_t removed_ = 0;  // slots of policies in before_ alone, a bit each: not used again while a thread may read before_
};

}  // namespace tidegate::sdk

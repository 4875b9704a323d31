#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "core/policy_doors.hpp"
#include "core/session_slab.hpp"
#include "runtime/wake.hpp"

namespace tidegate::sdk {

/// The policies of a host's plugins: makes the list that admissions read, waits until nobody reads another, and hands
/// sessions from one instance to the next.
///
/// Replacing `old` by `heir`, with nothing forgotten and nobody let in too many, is
///   add(heir, heir of old), settle(), hand_over()   from here on both know of all that old has said yes to
///   change(heir, asked), settle()                   both are asked
///   change(old, told), settle(), let_go(old)        old is asked no more, and told that its sessions are released
///   remove(old), settle()                           nothing calls it any more
/// Each session belongs to whom its record names; a release takes that word, a hand-over exchanges it: one of the two is first.
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

  /// Waits until nobody is inside who may have another list than the one in force. Returns: false when that is not so within
  /// `limit`, or `hurry()` says that nobody waits any longer: a call has not come back.
  bool settle(Nanos limit, const std::function<bool()> &hurry = {});
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

  /// Of `slots`, a bit each, of policies that were not removed as a call had not come back: removes those that have no session
  /// left, once all calls have come back. Returns: those. Calls nobody.
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
  /// A list with what it needs.
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

  mutable std::mutex mu_;
  // guarded by mu_:
  std::vector<Place> places_;  // in the order they are asked
  std::uint32_t stamp_;
  bool stamps_differ_ = false;  // of sessions that nobody hands over: one was begun and not gone through with
  std::unique_ptr<const Published> now_;
  std::vector<std::unique_ptr<const Published>> before_;  // somebody may be reading
  std::uint32_t removed_ = 0;  // slots of those in before_ alone, a bit each: nobody else has them until nobody reads that
};

}  // namespace tidegate::sdk

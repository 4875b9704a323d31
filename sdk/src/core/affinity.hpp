#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "core/session_slab.hpp"

namespace tidegate::sdk {

/// The index of the affinity keys that have a live session while a service drains.
///
/// The problem: a session with a key may be older than the drain, may come while the drain is prepared, or may be admitted during it, and
/// ends at any time. A key is live as long as one of its sessions is. The index counts the sessions of each key, and a mark with the
/// number of the drain in a session's record says that the session is counted. So each session is counted once and subtracted once.
///
/// No session is missed: an admission publishes its record and then reads the pointer to the index; build() publishes the index and then
/// reads the records. All four accesses are sequentially consistent, so at least one of the two threads sees the other; when both do,
/// the mark decides which of them counts the session.
///
/// An admission by key pins the key before it asks the gate: it raises the count of a live key in one step, so that the key stays
/// live, and lowers the count again when the gate refuses. (If the limit refuses, another admission of that moment may have been
/// admitted because of this pin alone. The other order would be worse: a session counted by the gate first and then refused would keep
/// a drain from completing.)
///
/// Threads: build() and drop() under the host's control lock; all other functions any, without locks or allocation. Without an index or
/// without a key they cost one load. Memory: build() or drop() frees an old index when it finds no visitor inside, or a later call
/// does.
class Affinity {
 public:
  Affinity() = default;
  ~Affinity() = default;
  Affinity(const Affinity &) = delete;
  Affinity &operator=(const Affinity &) = delete;

  /// Makes the index for a drain; done already when it is there. Until it is done no key is live: make it before the gate
  /// is shut. It has room for an eighth more keys than there are sessions with one, and 768; keys beyond that are not live.
  /// Returns: false, and there is none, when memory could not be had, or it has been dropped in this drain.
  bool build(SessionSlab &slab, std::uint32_t service, std::uint64_t epoch);
  /// After the gate was opened: keys are not asked for any more.
  void drop();

  bool live(std::uint64_t key) const;

  /// Counts a session that was published as `session`, if there is an index that does not count it yet.
  void count_in(SessionSlab &slab, tg_ticket ticket, const Session &session) {
    if (session.key != 0) count_keyed(slab, ticket, session);
  }
  /// Takes a session that was retired off.
  void count_out(const Session &session) {
    if ((session.marks & Session::kCounted) != 0) discount(session);
  }

 private:
  struct Index;
  struct Slot;

  /// A reader of the index, which is not freed meanwhile.
  class Visit {
   public:
    explicit Visit(const Affinity &affinity);
    ~Visit();
    Visit(const Visit &) = delete;
    Visit &operator=(const Visit &) = delete;
    Index *index() const { return index_; }

   private:
    const Affinity &affinity_;
    Index *index_ = nullptr;
  };

 public:
  /// Pins a live key for an admission that asks the gate.
  class Hold {
   public:
    Hold(const Affinity &affinity, std::uint64_t key);
    ~Hold();
    Hold(const Hold &) = delete;
    Hold &operator=(const Hold &) = delete;
    explicit operator bool() const { return slot_ != nullptr; }
    /// Hands the pinned count to the session that the gate has admitted.
    void keep(Session &session);

   private:
    const Visit visit_;
    Slot *slot_ = nullptr;
  };

 private:
  static bool counts(const Index &index, const Session &session);
  void count_keyed(SessionSlab &slab, tg_ticket ticket, const Session &session);
  static void count_in(Index &index, SessionSlab &slab, tg_ticket ticket, const Session &session);
  void discount(const Session &session);
  void reclaim();

  std::atomic<Index *> index_{nullptr};               // sequentially consistent, as the argument above needs
  alignas(64) mutable std::atomic<int> visitors_{0};  // raised before index_ is read: at 0 no thread has an older index

  // under the control lock:
  struct Delete {
    void operator()(Index *index) const;
  };
  std::unique_ptr<Index, Delete> newest_;  // the current one, if any, then all that are not freed yet
  std::uint64_t last_epoch_ = UINT64_MAX;  // of the last index made
};

}  // namespace tidegate::sdk

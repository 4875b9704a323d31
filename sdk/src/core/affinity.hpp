#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "core/session_slab.hpp"

namespace tidegate::sdk {

/// Which affinity keys have a live session while a service drains.
///
/// The problem: sessions with a key are from before the drain, or come while it is prepared, or are admitted during it, and
/// end at any time; a key is live as long as one of them is. The index counts them for each key, and the record of each
/// says by a mark with the number of the drain that it is counted: so each is counted once, and taken off once.
///
/// Nobody is missed: an admission publishes its record and then looks for an index; build() shows the index and then looks
/// at the records. All four are sequentially consistent, so at least one finds the other; when both do, the mark decides
/// who counts.
///
/// An admission by key holds the key before it asks the gate: it raises the count of a live key, in one step, so that the
/// key does not die in between; refused, it takes that back. (If the limit refuses it, one that came in that moment may
/// have been let in by this hold alone. The other order would be worse: counted by the gate first, a refusal would hold a
/// drain open.)
///
/// Threads: build() and drop() under the host's control lock; all others any, no locks, no allocation. With no index, and
/// with no key, they are one load. Memory: an index is freed when build() or drop() finds nobody inside, else at a later
/// one.
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

  /// Somebody who looks at the index; it is not freed meanwhile.
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
  /// Keeps a live key live for one who asks the gate.
  class Hold {
   public:
    Hold(const Affinity &affinity, std::uint64_t key);
    ~Hold();
    Hold(const Hold &) = delete;
    Hold &operator=(const Hold &) = delete;
    explicit operator bool() const { return slot_ != nullptr; }
    /// The gate let it pass: what was held is the session's from now on.
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
  alignas(64) mutable std::atomic<int> visitors_{0};  // raised before index_ is read: 0 means that nobody has an older one

  // under the control lock:
  struct Delete {
    void operator()(Index *index) const;
  };
  std::unique_ptr<Index, Delete> newest_;  // the current one, if any, then all that are not freed yet
  std::uint64_t last_epoch_ = UINT64_MAX;  // of the last index made
};

}  // namespace tidegate::sdk

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

  /// Builds the index for a drain, unless the drain has one. Call it before the gate is shut: until the index is complete no key is live.
  /// The index has room for an eighth more keys than there are sessions with a key, and 768 more; keys beyond that are not live.
  /// Returns: false when the drain has no index, for lack of memory or because drop() was called in this drain.
  bool build(SessionSlab &slab, std::uint32_t service, std::uint64_t epoch);
  /// Drops the index after the gate was opened.
  void drop();

  bool live(std::uint64_t key) const;

  /// Counts a published session, if there is an index that does not count it yet.
  void count_in(SessionSlab &slab, tg_ticket ticket, const Session &session) {
    if (session.key != 0) count_keyed(slab, ticket, session);
  }
  /// Subtracts a retired session.
  void count_out(const Session &session) {
    if ((session.marks & Session::kCounted) != 0) discount(session);
  }

 private:
  struct Index;
  struct Slot;

  /// Keeps the index from being freed while a thread reads it.
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
  std::unique_ptr<Index, Delete> newest_;  // the current index, if any, and behind it all that are not freed yet
  std::uint64_t last_epoch_ = UINT64_MAX;  // the drain of the last index
};

}  // namespace tidegate::sdk

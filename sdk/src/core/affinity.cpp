#include "core/affinity.hpp"

#include <bit>
#include <new>

namespace tidegate::sdk {

/// The number of live sessions of one key. Each count is read alone, so relaxed order is enough.
struct Affinity::Slot {
  std::atomic<std::uint64_t> key{0};  // 0: free; once set it stays
  std::atomic<std::uint32_t> live{0};
};

/// A hash table with open addressing: a power of two of slots, at most three quarters of them used. Keys are added and never removed.
struct Affinity::Index {
  Index(std::uint64_t drain_epoch, std::uint64_t keys)
      : epoch(drain_epoch),
        size(std::bit_ceil(keys + keys / 2 + 1024)),
        room(static_cast<std::int64_t>(size / 4 * 3)),
        slots(new (std::nothrow) Slot[size]) {}

  /// Returns the first slot of a key. Keys may be consecutive numbers: the upper bits of the product spread them (Knuth's multiplicative
  /// hashing).
  std::uint64_t first(std::uint64_t key) const { return (key * 0x9e3779b97f4a7c15u) >> (64 - std::countr_zero(size)); }

  Slot *find(std::uint64_t key) const {
    for (std::uint64_t i = first(key);; i = (i + 1) & (size - 1)) {
      const std::uint64_t found = slots[i].key.load(std::memory_order_relaxed);
      if (found == key) return &slots[i];
      if (found == 0) return nullptr;
    }
  }

  /// Returns the slot of a key; null when there is no room for another key.
  Slot *find_or_add(std::uint64_t key) {
    if (Slot *slot = find(key); slot != nullptr) return slot;
    if (room.fetch_sub(1, std::memory_order_relaxed) <= 0) {
      room.fetch_add(1, std::memory_order_relaxed);
      return nullptr;
    }
    for (std::uint64_t i = first(key);; i = (i + 1) & (size - 1)) {
      std::uint64_t found = 0;
      if (slots[i].key.compare_exchange_strong(found, key, std::memory_order_relaxed)) return &slots[i];
      if (found != key) continue;
      room.fetch_add(1, std::memory_order_relaxed);  // another thread has just added it
      return &slots[i];
    }
  }

  /// Returns the slot of a live key; null for every key while the index is being built, as counts may still be taken back then.
  Slot *find_live(std::uint64_t key) const {
    if (key == 0 || !complete.load(std::memory_order_acquire)) return nullptr;
    Slot *slot = find(key);
    return slot != nullptr && slot->live.load(std::memory_order_relaxed) != 0 ? slot : nullptr;
  }

  const std::uint64_t epoch;
  const std::uint64_t size;
  std::atomic<bool> complete{false};
  std::atomic<std::int64_t> room;
  const std::unique_ptr<Slot[]> slots;
  std::unique_ptr<Index, Delete> older;
};

void Affinity::Delete::operator()(Index *index) const {
  while (index != nullptr) {
    Index *const older = index->older.release();
    delete index;
    index = older;
  }
}

bool Affinity::counts(const Index &index, const Session &session) {
  return (session.marks & Session::kCounted) != 0 && session.drain == drain_number(index.epoch);
}

// ---- under the control lock ----

bool Affinity::build(SessionSlab &slab, std::uint32_t service, std::uint64_t epoch) {
  // A dropped index has left its marks in the records: another index with the same number would not count those sessions.
  if (epoch == last_epoch_) return index_.load(std::memory_order_relaxed) != nullptr;
  drop();

  const auto ours = [service](const Session &session) { return session.service == service && session.key != 0; };
  std::uint64_t keyed = 0;
  slab.for_each([&](tg_ticket, const Session &session) {
    keyed += ours(session) ? 1 : 0;
    return true;
  });
  std::unique_ptr<Index, Delete> made(new (std::nothrow) Index(epoch, keyed));
  if (made == nullptr || made->slots == nullptr) return false;

  Index &index = *made;
  made->older = std::move(newest_);
  newest_ = std::move(made);
  last_epoch_ = epoch;
  index_.store(&index, std::memory_order_seq_cst);
  slab.for_each([&](tg_ticket ticket, const Session &session) {
    if (ours(session)) count_in(index, slab, ticket, session);
    return true;
  });
  index.complete.store(true, std::memory_order_release);
  return true;
}

void Affinity::drop() {
  index_.store(nullptr, std::memory_order_seq_cst);
  reclaim();
}

/// Frees indexes that are not in use. A visitor is counted before it reads index_, and index_ is null now: when no visitor is counted,
/// no thread has an index.
void Affinity::reclaim() {
  if (visitors_.load(std::memory_order_seq_cst) == 0) newest_.reset();
}

// ---- any thread ----

Affinity::Visit::Visit(const Affinity &affinity) : affinity_(affinity) {
  if (affinity.index_.load(std::memory_order_seq_cst) == nullptr) return;
  affinity.visitors_.fetch_add(1, std::memory_order_seq_cst);
  index_ = affinity.index_.load(std::memory_order_seq_cst);
  if (index_ == nullptr) affinity.visitors_.fetch_sub(1, std::memory_order_release);
}

Affinity::Visit::~Visit() {
  if (index_ != nullptr) affinity_.visitors_.fetch_sub(1, std::memory_order_release);
}

bool Affinity::live(std::uint64_t key) const {
  const Visit visit(*this);
  return visit.index() != nullptr && visit.index()->find_live(key) != nullptr;
}

Affinity::Hold::Hold(const Affinity &affinity, std::uint64_t key) : visit_(affinity) {
  Slot *slot = visit_.index() != nullptr ? visit_.index()->find_live(key) : nullptr;
  if (slot == nullptr) return;
  std::uint32_t live = slot->live.load(std::memory_order_relaxed);
  while (live != 0)
    if (slot->live.compare_exchange_weak(live, live + 1, std::memory_order_relaxed)) {
      slot_ = slot;
      return;
    }
}

Affinity::Hold::~Hold() {
  if (slot_ != nullptr) slot_->live.fetch_sub(1, std::memory_order_relaxed);
}

void Affinity::Hold::keep(Session &session) {
  session.marks |= Session::kCounted;
  session.drain = drain_number(visit_.index()->epoch);
  slot_ = nullptr;
}

void Affinity::count_keyed(SessionSlab &slab, tg_ticket ticket, const Session &session) {
  const Visit visit(*this);
  if (visit.index() != nullptr) count_in(*visit.index(), slab, ticket, session);
}

void Affinity::count_in(Index &index, SessionSlab &slab, tg_ticket ticket, const Session &session) {
  if (counts(index, session)) return;
  Slot *slot = index.find_or_add(session.key);
  if (slot == nullptr) return;
  // Before the mark: a thread that finds the mark subtracts this count.
  slot->live.fetch_add(1, std::memory_order_relaxed);
  if (!slab.count(ticket, session.service, index.epoch)) slot->live.fetch_sub(1, std::memory_order_relaxed);
}

void Affinity::discount(const Session &session) {
  const Visit visit(*this);
  if (visit.index() == nullptr || !counts(*visit.index(), session)) return;
  if (Slot *slot = visit.index()->find(session.key); slot != nullptr) slot->live.fetch_sub(1, std::memory_order_relaxed);
}

}  // namespace tidegate::sdk

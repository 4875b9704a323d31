#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "core/nanos.hpp"
#include "tidegate/admission.h"
#include "tidegate/session.h"

namespace tidegate::sdk {

/// A drain as a session's record knows it: the low 24 bits of its epoch. A record would have to sleep through 16 million
/// drains of its service to take one for another.
constexpr std::uint32_t drain_number(std::uint64_t epoch) { return static_cast<std::uint32_t>(epoch & 0xffffff); }

/// What a session's record says.
struct Session {
  /// A mark besides TG_SESSION_*: the index of live keys that was made for the drain counts it.
  static constexpr std::uint32_t kCounted = 8;

  std::uint32_t service = 0;        ///< index of the service in its host, at most 65,535
  std::uint32_t kind = 0;           ///< TG_KIND_*
  std::uint32_t session_class = 0;  ///< TG_CLASS_*
  std::uint32_t policies = 0;       ///< bit n: the policy in slot n said yes
  std::uint32_t marks = 0;          ///< TG_SESSION_*, kCounted; all but IDLE are of the drain `drain`
  std::uint32_t drain = 0;          ///< number of a drain
  Nanos admitted = 0;
  Nanos last_activity = 0;  ///< when the host last said something about it; publish() takes `admitted` for it
  std::uint64_t tag = 0;
  tg_ticket parent = 0;   ///< CHILD; else 0
  std::uint64_t key = 0;  ///< affinity key; 0: none, as of every CHILD
  tg_address peer{};

  /// TG_SESSION_* as they are in this drain: who was told in an earlier one has not been told.
  std::uint32_t flags_in(std::uint64_t epoch) const {
    return marks & (TG_SESSION_IDLE | (drain == drain_number(epoch) ? TG_SESSION_TOLD | TG_SESSION_ACKNOWLEDGED : 0u));
  }
};

/// All sessions of a host: records of one cache line, addressed by index, told apart in time by generation.
///
/// A ticket is generation (upper half, odd while live) and index. Releasing is one compare-exchange of the word that has
/// the generation, so a double or stale release is recognised whatever happened to the record since. What is noted of a
/// session is in that word too: it cannot end up in the next session of the record. Generations start at random, so tickets
/// of another host are not mistaken for ours.
///
/// Life of a record: reserve() → publish() or give_back(); retire() → give_back(). The memory of all records is reserved at
/// once and touched only when used. Threads: any, no locks. Reading never blocks a writer and never shows a torn record.
class SessionSlab {
 public:
  static constexpr std::uint32_t kMaxCapacity = (1u << 24) - 1;
  static constexpr std::uint32_t kNone = UINT32_MAX;

  /// Throws std::bad_alloc when the address space cannot be had.
  explicit SessionSlab(std::uint32_t capacity);
  ~SessionSlab();
  SessionSlab(const SessionSlab &) = delete;
  SessionSlab &operator=(const SessionSlab &) = delete;

  /// Takes a record that nobody else uses; kNone when all are used.
  std::uint32_t reserve();
  /// Makes a reserved record live. Returns: its ticket.
  tg_ticket publish(std::uint32_t index, const Session &session);
  /// Ends a live session of this service, once. On true the caller gives the record back when it has read `session`.
  bool retire(tg_ticket ticket, std::uint32_t service, Session &session);
  void give_back(std::uint32_t index);

  static std::uint32_t index_of(tg_ticket ticket) { return static_cast<std::uint32_t>(ticket); }

  bool is_live(tg_ticket ticket, std::uint32_t service) const;

  // What the host says of a session. Return: false when it is not a live one of this service.
  bool active(tg_ticket ticket, std::uint32_t service, Nanos now);
  bool idle(tg_ticket ticket, std::uint32_t service, Nanos now);
  bool acknowledge(tg_ticket ticket, std::uint32_t service, std::uint64_t epoch, Nanos now);

  // What a drain notes of a session, once. Marks of an earlier drain are forgotten then, so that no new drain has to look
  // for them. Return: false when it was noted already, the record knows of a later drain, or it is no live one of this
  // service.
  bool tell(tg_ticket ticket, std::uint32_t service, std::uint64_t epoch);
  bool count(tg_ticket ticket, std::uint32_t service, std::uint64_t epoch);

  /// Calls `fn(ticket, session)` for live records until it returns false.
  template <class F>
  void for_each(F &&fn) const {
    const std::uint32_t end = fresh_.load(std::memory_order_seq_cst);
    for (std::uint32_t index = 0; index < end; ++index) {
      Session session;
      const tg_ticket ticket = read(index, session);
      if (ticket != 0 && !fn(ticket, session)) return;
    }
  }

 private:
  /// Fields are atomic since for_each() may read while the next owner writes; the generation tells it afterwards.
  struct alignas(64) Record {
    std::atomic<std::uint64_t> state;  // generation, odd: live; number of a drain, class, kind, marks
    std::atomic<std::uint64_t> admitted;
    std::atomic<std::uint64_t> tag;
    std::atomic<std::uint64_t> bond;  // a CHILD's parent; the affinity key of all others
    std::atomic<std::uint64_t> ip[2];
    std::atomic<std::uint32_t> scope;
    std::atomic<std::uint32_t> service_and_port;  // service in the upper half
    std::atomic<std::uint32_t> policies;          // of a free record: the next free one
    std::atomic<std::uint32_t> active;            // time from admission to the last word of the host; see touch()
  };

 public:
  static constexpr std::size_t kRecordBytes = sizeof(Record);

 private:
  static_assert(kRecordBytes == 64, "a session is one cache line");

  enum class Change : std::uint8_t { gone, none, made };
  /// Replaces the state of a live session by `next(state)`, unless that is the same.
  template <class F>
  Change change(tg_ticket ticket, std::uint32_t service, F &&next);
  /// Gives a session a mark that belongs to a drain.
  Change stamp(tg_ticket ticket, std::uint32_t service, std::uint64_t epoch, std::uint32_t mark);
  void touch(tg_ticket ticket, Nanos now);

  /// The ticket of a live record and its contents, both of one moment; 0 when it is not live.
  tg_ticket read(std::uint32_t index, Session &session) const;
  static void load(const Record &record, std::uint64_t state, Session &session);
  static void store(Record &record, std::uint32_t generation, const Session &session);

  const std::uint32_t capacity_;
  const std::uint32_t first_generation_;  // even
  Record *const records_;
  std::atomic<std::uint32_t> fresh_{0};     // records below it have been used
  std::atomic<std::uint64_t> free_{kNone};  // stack of records: count of changes (upper half, against ABA), index
};

}  // namespace tidegate::sdk

#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "core/nanos.hpp"
#include "core/policy_list.hpp"
#include "core/record_pool.hpp"
#include "tidegate/admission.h"
#include "tidegate/session.h"

namespace tidegate::sdk {

/// Returns the number of a drain in a session's record: the low 24 bits of its epoch. Two drains have the same number only when 16 million
/// drains of the service lie between them.
constexpr std::uint32_t drain_number(std::uint64_t epoch) { return static_cast<std::uint32_t>(epoch & 0xffffff); }

/// The contents of a session's record.
struct Session {
  /// A mark besides TG_SESSION_*: the drain's index of live keys counts the session.
  static constexpr std::uint32_t kCounted = 8;

  std::uint32_t service = 0;        ///< index of the service in its host, at most 65,535
  std::uint32_t kind = 0;           ///< TG_KIND_*
  std::uint32_t session_class = 0;  ///< TG_CLASS_*
  std::uint32_t policies = 0;       ///< policies that have admitted the session, as in PolicyList
  std::uint32_t marks = 0;          ///< TG_SESSION_*, kCounted; all but IDLE belong to the drain `drain`
  std::uint32_t drain = 0;          ///< number of a drain
  Nanos admitted = 0;
  Nanos last_activity = 0;  ///< time of the server's last report; publish() sets it to `admitted`
  std::uint64_t tag = 0;
  tg_ticket parent = 0;   ///< CHILD; else 0
  std::uint64_t key = 0;  ///< affinity key; 0: none; a CHILD has none
  tg_address peer{};

  /// Returns the TG_SESSION_* flags for this drain; a notice of an earlier drain does not count.
  std::uint32_t flags_in(std::uint64_t epoch) const {
    return marks & (TG_SESSION_IDLE | (drain == drain_number(epoch) ? TG_SESSION_TOLD | TG_SESSION_ACKNOWLEDGED : 0u));
  }
};

/// The sessions of a host: records of one cache line, addressed by index and distinguished in time by generation.
///
/// A ticket is a generation (upper half, odd while live) and an index. A release is one compare-exchange of the word with the generation,
/// so a double or stale release is detected whatever happened to the record since. Notes about a session are in the same word, and cannot
/// reach the next session of the record. Generations start at random, so a ticket of another host is detected too.
///
/// Life of a record: reserve() → publish() or give_back(); retire() → give_back(). The memory of all records is reserved at once and
/// touched only when used (RecordPool).
///
/// No session is missed: one thread publishes a session and then reads whether a close or a count of keys is in progress; another thread
/// announces such work and then calls for_each(). At least one of them sees the other. With restartable sequences the reader pays for it
/// by a fence on all processors, otherwise both threads by sequential consistency.
///
/// Threads: any, without locks; trim() one at a time. A reader never blocks a writer and never sees a torn record.
class SessionSlab {
 public:
  static constexpr std::uint32_t kMaxCapacity = RecordPool::kMaxRecords;
  static constexpr std::uint32_t kNone = RecordPool::kNone;

  /// `per_cpu`: whether restartable sequences and their fence are proved to work. Throws std::bad_alloc when the system has no address
  /// space left.
  explicit SessionSlab(std::uint32_t capacity, bool per_cpu = per_cpu::available());
  SessionSlab(const SessionSlab &) = delete;
  SessionSlab &operator=(const SessionSlab &) = delete;

  /// Takes an unused record; kNone when all are in use.
  std::uint32_t reserve() { return pool_.take(); }
  /// Makes a reserved record live. Returns: its ticket.
  tg_ticket publish(std::uint32_t index, const Session &session);
  /// The fields of a new session.
  struct Written {
    std::uint32_t service, kind, session_class, policies = 0, marks_and_drain = 0;
    Nanos admitted = 0;
    std::uint64_t tag = 0;
    std::uint64_t bond = 0;  // a CHILD's parent; the affinity key of all others
    const tg_address &peer;
  };
  tg_ticket publish(std::uint32_t index, const Written &session);
  /// Ends a live session of this service, once. Returns: the state it had; 0 when it is not live. The caller may call ended() until it
  /// gives the record back.
  std::uint64_t retire(tg_ticket ticket, std::uint32_t service);
  /// Returns: whether the release of an ended session has more to do: a policy has admitted it, or its key is counted.
  bool has_more(tg_ticket ticket, std::uint64_t state) const {
    return (state & Session::kCounted) != 0 || record(ticket).policies.load(std::memory_order_relaxed) != 0;
  }
  /// Takes the policies that have admitted an ended session, for their `released`; once, before its record is given back. No other thread
  /// takes them after this call.
  std::uint32_t take_policies(tg_ticket ticket) {
    return record(ticket).policies.exchange(0, std::memory_order_acq_rel);
  }
  /// Replaces the policies that have admitted a session, if the record still has `before`. Returns: false when it has not.
  bool change_policies(tg_ticket ticket, std::uint32_t before, std::uint32_t after) {
    return record(ticket).policies.compare_exchange_strong(before, after, std::memory_order_acq_rel,
                                                          std::memory_order_relaxed);
  }
  /// Calls `fn(ticket, session)` for each session that a policy has admitted, also for ended sessions whose policies have not been taken yet.
  /// The arguments belong to one session if change_policies() then finds the same word, which no later session can have.
  template <class F>
  void for_each_said_yes(F &&fn) const {
    pool_.for_each([&](std::uint32_t index) {
      const Record &it = record(index);
      const std::uint64_t state = it.state.load(std::memory_order_acquire);  // before the word, so that it is not of a later session
      const std::uint32_t policies = it.policies.load(std::memory_order_acquire);
      if (policies == 0 || (policies & PolicyList::kAsking) != 0) return true;
      Session session;
      load(it, state, session);
      session.policies = policies;
      fn(std::uint64_t{(generation_of(state) - 1) | 1u} << kGenerationShift | index, session);
      return true;
    });
  }

  /// Notes in a reserved record which policy is being asked, so that a policy that does not answer is found.
  void note_asking(std::uint32_t index, std::uint32_t asking, Nanos since) {
    record(index).admitted.store(since, std::memory_order_relaxed);
    record(index).policies.store(asking, std::memory_order_release);
  }
  /// Ends note_asking(), before the record is given back; publish() does the same.
  void note_answered(std::uint32_t index) { record(index).policies.store(0, std::memory_order_release); }
  /// Calls `fn(asking, since)` for each record that a policy is being asked about; a hint, as the policy may have answered meanwhile.
  template <class F>
  void for_each_asked(F &&fn) const {
    pool_.for_each([&](std::uint32_t index) {
      const Record &it = record(index);
      const std::uint32_t asking = it.policies.load(std::memory_order_acquire);
      const Nanos since = it.admitted.load(std::memory_order_relaxed);
      if ((generation_of(it.state.load(std::memory_order_acquire)) & 1u) == 0 &&
          it.policies.load(std::memory_order_relaxed) == asking)
        fn(asking, since);
      return true;
    });
  }
  /// Returns: true for one in 256 uses of a reserved record; selects the timed calls at no cost.
  bool is_sample(std::uint32_t index) const {
    return (record(index).state.load(std::memory_order_relaxed) >> (kGenerationShift + 1) & 0xff) == 0;
  }

  /// Returns the contents of a retired session's record. `state`: the result of retire().
  Session ended(tg_ticket ticket, std::uint64_t state) const;
  static std::uint32_t kind_of(std::uint64_t state) { return (state >> kKindShift) & 3; }
  /// Gives a record back. Returns: true when trim() can return much memory.
  bool give_back(std::uint32_t index) { return pool_.give(index); }
  /// Returns unused memory to the system. Returns: the number of bytes.
  std::size_t trim();

  static std::uint32_t index_of(tg_ticket ticket) { return static_cast<std::uint32_t>(ticket); }
  /// Returns the number of records that there can be: all indices are below it.
  std::uint32_t records() const { return pool_.capacity(); }

  bool is_live(tg_ticket ticket, std::uint32_t service) const;

  // Reports of the server about a session. Each returns false when the ticket is not of a live session of this service.
  bool active(tg_ticket ticket, std::uint32_t service, Nanos now);
  bool idle(tg_ticket ticket, std::uint32_t service, Nanos now);
  bool acknowledge(tg_ticket ticket, std::uint32_t service, std::uint64_t epoch, Nanos now);

  // A drain's marks of a session; each is set once. Setting one clears the marks of an earlier drain, so that no new drain has to clear
  // them. Each returns false when the mark was set already, when the record has marks of a later drain, or when the ticket is not of a
  // live session of this service.
  bool tell(tg_ticket ticket, std::uint32_t service, std::uint64_t epoch);
  bool count(tg_ticket ticket, std::uint32_t service, std::uint64_t epoch);

  /// Calls `fn(ticket, session)` for live records until it returns false.
  template <class F>
  void for_each(F &&fn) const {
    meet_publishers();
    pool_.for_each([&](std::uint32_t index) {
      Session session;
      const tg_ticket ticket = read(index, session);
      return ticket == 0 || fn(ticket, session);
    });
  }

 private:
  /// Fields are atomic, as for_each() may read them while the next owner writes; the generation shows that afterwards.
  struct alignas(64) Record {
    std::atomic<std::uint64_t> state;  // generation, odd: live; number of a drain, class, kind, marks
    std::atomic<std::uint64_t> admitted;
    std::atomic<std::uint64_t> tag;
    std::atomic<std::uint64_t> bond;  // as in Written
    std::atomic<std::uint64_t> ip[2];
    std::atomic<std::uint32_t> scope;             // of a free record: the link of the pool
    std::atomic<std::uint32_t> service_and_port;  // service in the upper half
    std::atomic<std::uint32_t> policies;          // policies that have admitted the session, as in PolicyList
    std::atomic<std::uint32_t> active;            // time from the admission to the server's last report; see touch()
  };

 public:
  static constexpr std::size_t kRecordBytes = sizeof(Record);

 private:
  static_assert(kRecordBytes == RecordPool::kRecordBytes, "a session is one cache line");
  static_assert(offsetof(Record, state) == 0 && offsetof(Record, scope) == RecordPool::kLink);

  // The state of a record: 32 bits generation, 24 number of a drain, 2 class, 2 kind, 4 marks.
  static constexpr unsigned kKindShift = 4;
  static constexpr unsigned kClassShift = 6;
  static constexpr unsigned kDrainShift = 8;
  static constexpr unsigned kGenerationShift = 32;

  /// Returns the generation of a state or of a ticket: the upper half of both.
  static constexpr std::uint32_t generation_of(std::uint64_t word) {
    return static_cast<std::uint32_t>(word >> kGenerationShift);
  }
  /// Added to the stored time of the last report, so that a thread which wants to replace the time of an ended session finds another
  /// number there, even if the next session of the record has the same time.
  static constexpr std::uint32_t salt(std::uint32_t generation) { return generation * 0x9e3779b1u; }

  enum class Change : std::uint8_t { gone, none, made };
  /// Replaces the state of a live session by `next(state)`. Returns: `gone` when the session is not live, `none` when nothing changed.
  template <class F>
  Change change(tg_ticket ticket, std::uint32_t service, F &&next);
  /// Gives a session a mark that belongs to a drain.
  Change stamp(tg_ticket ticket, std::uint32_t service, std::uint64_t epoch, std::uint32_t mark);
  void touch(tg_ticket ticket, Nanos now);

  Record &record(tg_ticket ticket) const { return *static_cast<Record *>(pool_.record(index_of(ticket))); }
  /// Reads a record. Returns: the ticket and, in `session`, the contents of the same moment; 0 when the record is not live.
  tg_ticket read(std::uint32_t index, Session &session) const;
  static void load(const Record &record, std::uint64_t state, Session &session);
  void meet_publishers() const;

  const bool per_cpu_;
  RecordPool pool_;
};

inline tg_ticket SessionSlab::publish(std::uint32_t index, const Session &session) {
  return publish(index, Written{.service = session.service,
                                .kind = session.kind,
                                .session_class = session.session_class,
                                .policies = session.policies,
                                .marks_and_drain = session.marks | session.drain << kDrainShift,
                                .admitted = session.admitted,
                                .tag = session.tag,
                                .bond = session.parent | session.key,  // one of them is 0
                                .peer = session.peer});
}

inline tg_ticket SessionSlab::publish(std::uint32_t index, const Written &session) {
  Record &it = record(index);
  const std::uint32_t generation = generation_of(it.state.load(std::memory_order_relaxed)) + 1;
  // With release: a late reader of the previous session that reads one of these values then sees that its session has ended.
  constexpr auto order = std::memory_order_release;
  std::uint64_t ip[2];
  std::memcpy(ip, session.peer.ip, sizeof ip);
  it.service_and_port.store((session.service << 16) | session.peer.port, order);
  it.policies.store(session.policies, order);
  it.admitted.store(session.admitted, order);
  it.active.store(salt(generation), order);
  it.tag.store(session.tag, order);
  it.bond.store(session.bond, order);
  it.ip[0].store(ip[0], order);
  it.ip[1].store(ip[1], order);
  it.scope.store(session.peer.scope, order);
  const std::uint64_t state = std::uint64_t{generation} << kGenerationShift | session.marks_and_drain |
                              std::uint64_t{session.session_class} << kClassShift |
                              std::uint64_t{session.kind} << kKindShift;
  if (per_cpu_) {
    it.state.store(state, std::memory_order_release);
    std::atomic_signal_fence(std::memory_order_seq_cst);  // keeps the order of the following loads
  } else {
    it.state.store(state, std::memory_order_seq_cst);
  }
  return std::uint64_t{generation} << kGenerationShift | index;
}

inline std::uint64_t SessionSlab::retire(tg_ticket ticket, std::uint32_t service) {
  const std::uint32_t generation = generation_of(ticket);
  if ((generation & 1u) == 0 || index_of(ticket) >= pool_.end()) return 0;
  Record &it = record(ticket);
  std::uint64_t state = it.state.load(std::memory_order_acquire);
  // The service was read from this generation if the exchange finds the same generation.
  const bool ours = (it.service_and_port.load(std::memory_order_acquire) >> 16) == service;
  do {
    if (generation_of(state) != generation || !ours) return 0;
    // Repeated when only a mark has changed. Kind and class stay in the state, for a hand-over of this moment.
  } while (!it.state.compare_exchange_weak(state, state + (std::uint64_t{1} << kGenerationShift),
                                           std::memory_order_acq_rel, std::memory_order_acquire));
  return state;
}

}  // namespace tidegate::sdk

#pragma once

#include <atomic>
#include <cstdint>

#include "core/nanos.hpp"
#include "tidegate/admission.h"

namespace tidegate::sdk {

/// What a session's record says.
struct Session {
  std::uint32_t service = 0;  ///< index of the service in its host, at most 65,535
  std::uint32_t kind = 0;
  std::uint32_t policies = 0;  ///< bit n: the policy in slot n said yes
  Nanos admitted = 0;
  std::uint64_t tag = 0;
  tg_ticket parent = 0;
  tg_address peer{};
};

/// All sessions of a host: records of one cache line, addressed by index, told apart in time by generation.
///
/// A ticket is generation (upper half, odd while live) and index. Releasing is one compare-exchange of the generation, so a
/// double or stale release is recognised whatever happened to the record since. Generations start at random, so tickets of
/// another host are not mistaken for ours.
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
    std::atomic<std::uint32_t> generation;  // odd: live
    std::atomic<std::uint32_t> next_free;
    std::atomic<std::uint32_t> service_and_port;  // service in the upper half
    std::atomic<std::uint32_t> policies;
    std::atomic<std::uint64_t> admitted;
    std::atomic<std::uint64_t> tag;
    std::atomic<std::uint64_t> parent;
    std::atomic<std::uint64_t> ip[2];
    std::atomic<std::uint32_t> kind;
    std::atomic<std::uint32_t> scope;
  };
  static_assert(sizeof(Record) == 64, "a session is one cache line");

  static tg_ticket ticket_of(std::uint32_t generation, std::uint32_t index) {
    return (std::uint64_t{generation} << 32) | index;
  }
  /// The ticket of a live record and its contents, both of one moment; 0 when it is not live.
  tg_ticket read(std::uint32_t index, Session &session) const;
  static void load(const Record &record, Session &session);
  static void store(Record &record, const Session &session);

  const std::uint32_t capacity_;
  const std::uint32_t first_generation_;  // even
  Record *const records_;
  std::atomic<std::uint32_t> fresh_{0};     // records below it have been used
  std::atomic<std::uint64_t> free_{kNone};  // stack of records: count of changes (upper half, against ABA), index
};

}  // namespace tidegate::sdk

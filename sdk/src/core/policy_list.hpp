#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>

#include "core/nanos.hpp"
#include "tidegate/ext/admission.h"

namespace tidegate::sdk {

/// Statistics of one policy's calls: 1 call in 256 is timed, as reading the clock twice costs more than the call.
/// Threads: any, relaxed.
struct PolicyMeter {
  std::atomic<std::uint64_t> timed{0};
  std::atomic<Nanos> time{0};  ///< duration of all timed calls
  std::atomic<Nanos> longest{0};
  std::atomic<std::uint64_t> slow{0};     ///< timed calls that took longer than slow_after
  std::atomic<std::uint64_t> garbage{0};  ///< without `fault`: invalid answers and exceptions
  // Written before the policy is in force:
  Nanos slow_after = kNever;
  /// Reports an exception or an invalid answer of the policy, with a sentence; nullptr: the library counts it in `garbage`.
  void (*fault)(void *user, const char *what) noexcept = nullptr;
  void *user = nullptr;

  /// Reports an exception. `function`: the member of tg_admission_policy that was called.
  void threw(const char *function, const char *what) noexcept;
};

/// The cookies of a policy's sessions, by the index of the session's record. An admission writes the cookie of the record that it has
/// reserved. A hand-over writes to another place, with the ticket, as the record may belong to another session by then.
class Cookies {
 public:
  /// Reserves the cookies; unused ones take no memory. Throws std::bad_alloc.
  explicit Cookies(std::uint32_t records)
      : own_(static_cast<std::uint64_t *>(std::calloc(records, sizeof(std::uint64_t))), std::free),
        handed_(static_cast<Handed *>(std::calloc(records, sizeof(Handed))), std::free) {
    if (own_ == nullptr || handed_ == nullptr) throw std::bad_alloc();
  }

  void put(std::uint32_t record, std::uint64_t cookie) { own_[record] = cookie; }
  std::uint64_t reserved(std::uint32_t record) const { return own_[record]; }
  /// Stores the cookie of a heir before the session's record names the heir.
  void hand(tg_ticket ticket, std::uint64_t cookie) {
    Handed &handed = handed_[static_cast<std::uint32_t>(ticket)];
    handed.cookie.store(cookie, std::memory_order_relaxed);
    handed.ticket.store(ticket, std::memory_order_release);
  }
  std::uint64_t of(tg_ticket ticket) const {
    const Handed &handed = handed_[static_cast<std::uint32_t>(ticket)];
    if (handed.ticket.load(std::memory_order_acquire) == ticket) return handed.cookie.load(std::memory_order_relaxed);
    return own_[static_cast<std::uint32_t>(ticket)];
  }

 private:
  struct Handed {
    std::atomic<tg_ticket> ticket;
    std::atomic<std::uint64_t> cookie;
  };
  std::unique_ptr<std::uint64_t[], void (*)(void *)> own_;
  std::unique_ptr<Handed[], void (*)(void *)> handed_;
};

/// The part of a policy in a list.
enum class Part : std::uint8_t {
  asked,  // decides on requests, and hears of the end of sessions that it has admitted
  told,   // hears only of the end of sessions that it has admitted
  heir,   // adopts the sessions that another policy admits, which is before it in the list
};

/// One policy of a plugin.
struct Policy {
  const tg_admission_policy *role = nullptr;
  void *instance = nullptr;
  std::uint32_t slot = 0;  ///< its bit in a session's record; no other policy gets it while a record has the bit
  bool asks_child = false;
  Part part = Part::asked;
  std::uint32_t takes_from = 0;  ///< of an heir: the bit of the policy that it replaces
  PolicyMeter *meter = nullptr;
  Cookies *cookies = nullptr;  ///< null: the policy uses no cookies

  std::uint32_t bit() const { return 1u << slot; }
};

/// The policies in force, in the order in which they are asked. A list is never changed once it is published.
struct PolicyList {
  static constexpr std::uint32_t kMax = 28;  ///< bits in a session's record
  std::uint32_t count = 0;
  /// The stamp of sessions admitted from now on: one of kStamps, the other one after each hand-over. The hand-over thus knows sessions
  /// admitted before it began, whatever happens to their records meanwhile.
  std::uint32_t stamp = kStamps & ~(kStamps - 1);
  std::array<Policy, kMax> policies{};

  // The word of a record that names the policies which have admitted the session.
  static constexpr std::uint32_t kBits = (1u << kMax) - 1;
  static constexpr std::uint32_t kStamps = 3u << kMax;
  /// In the word of a record that is not live: the policy whose slot is in the lower bits is being asked.
  static constexpr std::uint32_t kAsking = 1u << 31;

  static constexpr std::uint32_t other(std::uint32_t stamp) { return kStamps & ~stamp; }
};
static_assert((PolicyList::kBits & PolicyList::kStamps) == 0 && (PolicyList::kStamps & PolicyList::kAsking) == 0);

}  // namespace tidegate::sdk

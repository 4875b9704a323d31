#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "core/affinity.hpp"
#include "core/credits.hpp"
#include "core/gate.hpp"
#include "core/nanos.hpp"
#include "core/permission.hpp"
#include "core/policy_doors.hpp"
#include "core/session_slab.hpp"
#include "tidegate/admission.h"

namespace tidegate::sdk {

/// Returns the query that describes an admitted session to a policy. `service`: the name of its service.
tg_admission_query query_of(const Session &session, tg_str service);

/// Admission to one service and release: reads the gate, asks the policies, passes the gate.
///
/// An admission has three steps:
/// 1. The permission table is read for a first decision.
/// 2. The policies are asked. They never keep a drain from completing. Each ADMITTED of a policy is followed by exactly one `cancelled` or
///    `released`. From the first question until the session is published, or every policy has its `cancelled`, the thread is inside a
///    door of PolicyDoors.
/// 3. The gate counts and decides; its step is the only decision that admits.
/// Entries have kind NEW and class normal, or kind CHILD. Limits count sessions only.
///
/// While the service is wide open (not draining and not ramping) each processor counts and limits for itself; otherwise all threads use
/// one word. slow_down() and speed_up() change between the two ways.
///
/// Threads: the functions under "control" below under the host's control lock; all other functions any, without locks or allocation.
class Admission {
 public:
  struct Options {
    std::uint32_t service = 0;       ///< index in the host
    tg_str name{};                   ///< lives as long as the host
    std::uint64_t max_sessions = 0;  ///< 0: none
    Nanos retry_after = 30 * kSecond;
    std::uint32_t retry_jitter_percent = 20;  ///< jitter of the retry time in refusals, at most 100; 0: none
    tg_str redirect{};                        ///< target for refused sessions; lives as long as the host; empty: none
    bool fail_closed = false;                 ///< while a policy is taken out, all kinds but CHILD are refused
    Nanos (*clock)(void *user) = nullptr;     ///< for the timed calls of policies; null: no call is timed
    Nanos (*tick)(void *user) = nullptr;      ///< a cheaper, coarse clock, for the start of a policy's call
    /// A release calls it, on any thread, when the slab's trim() can return memory; may be null.
    void (*worth_a_trim)(void *user) = nullptr;
    /// An admission calls it, on any thread, when a policy was slow or gave an invalid answer; may be null.
    void (*policy_faulted)(void *user) = nullptr;
    void *user = nullptr;
  };

  /// `cells`: memory for the cells; nullptr: all counting is at the word.
  Admission(const Options &options, SessionSlab &slab, PolicyDoors &policies, CellMemory *cells = nullptr);

  /// Returns: whether this is a child of the process that made the host; it admits nothing.
  bool forked() const { return gate_.cells().forked(); }

  /// Admits or refuses a session. The texts of the verdict are valid until the next call on this thread. Returns: the ticket; 0 when
  /// refused.
  tg_ticket admit(const tg_request &request, Nanos now, tg_verdict &verdict);
  /// Admits in the most frequent case, at no cost for other cases: the gate is wide open, no policy is loaded, and the session has no
  /// parent. `now()`: the time, read when the session is admitted. Returns: the ticket, or 0 when the caller must call admit().
  template <class Now>
  [[gnu::always_inline]] tg_ticket admit_at_once(const tg_request &request, Now &&now);
  /// Admits or refuses a session that policies decide on, at an open gate. Returns: the ticket; kRefused; 0 when the caller must call
  /// admit(). The verdict is filled in unless it returns 0.
  [[gnu::noinline]] tg_ticket admit_asked(const tg_request &request, Nanos now, tg_verdict &verdict) noexcept;
  static constexpr tg_ticket kRefused = 1;  // never the ticket of a session
  /// Returns: whether policies take part in the decision.
  bool minded() const { return policies_.asked() != 0 || (options_.fail_closed && policies_.out() != 0); }

  static void say_admitted(tg_verdict &verdict) {
    verdict.code = TG_VERDICT_ADMITTED;
    verdict.reason = TG_REASON_NONE;
    verdict.retry_after_ns = 0;
    verdict.text = verdict.redirect = {};
  }

  enum class Released : std::uint8_t { more, last, stale };
  /// Ends a session. Returns `last` when a gate that is not open is empty now: the caller tells the steward.
  [[gnu::always_inline]] Released release(tg_ticket ticket);

  /// Admits an entry at the cells. Returns: false when the caller must call enter().
  [[gnu::always_inline]] bool enter_at_once() { return gate_.pass_here<Lane::entry_in>(); }
  /// Refuses an entry at once if the gate is shut. Returns: false when the caller must call enter().
  [[gnu::always_inline]] bool refuse_at_once() {
    return gate_.is_shut() && !forked() && gate_.cells().note<Lane::refused_new>();
  }
  bool enter() {
    return (!gate_.is_shut() && gate_.pass(Unit::entry, Pass::ordinary)) || refuse_entry(Lane::refused_new);
  }
  bool enter_child(tg_ticket parent) {
    return (slab_.is_live(parent, options_.service) && gate_.pass(Unit::entry, Pass::inside)) ||
           refuse_entry(Lane::refused_other);
  }
  /// Ends an entry at the cells. Returns: false when the caller must call leave().
  [[gnu::always_inline]] bool leave_at_once() { return gate_.leave_here<Lane::entry_out>(); }
  Gate::Left leave() { return gate_.leave(Unit::entry); }

  // Reports of the server about a session. Each returns false when the ticket is stale.
  bool active(tg_ticket ticket, Nanos now) { return slab_.active(ticket, options_.service, now); }
  bool idle(tg_ticket ticket, Nanos now) { return slab_.idle(ticket, options_.service, now); }
  bool acknowledge(tg_ticket ticket, std::uint64_t epoch, Nanos now) {
    return slab_.acknowledge(ticket, options_.service, epoch, now);
  }

  // ---- control: the state that admissions read ----

  /// Sets the permissions of the drain: before the gate is shut, and when they change.
  void permit(Permissions permissions) { permissions_.store(permissions.word(), std::memory_order_release); }
  /// Builds the index of live keys for a drain that permits AFFINITY. Call it before the gate is shut: until the index is complete no key
  /// is live. Returns: false without memory: AFFINITY sessions are then refused, and the drain goes on.
  bool index_keys(std::uint64_t epoch) { return affinity_.build(slab_, options_.service, epoch); }
  /// Drops the index of keys after the gate was opened; no admission needs it until the next drain.
  void drop_keys() { affinity_.drop(); }
  /// Sets the present limit of sessions: before the gate is opened, and as the ramp grows. The service ramps while the limit is below
  /// max_sessions; 0: no ramp.
  void set_limit(std::uint64_t sessions) { limit_.store(sessions, std::memory_order_release); }
  /// Moves counting and limiting from the processors to one word and one pool, which is exact and slower: before the gate is moved.
  /// Returns: false, with nothing changed, when the system refuses the fence.
  bool slow_down();
  /// Moves counting and limiting back to the processors: when the gate is open and the service does not ramp.
  void speed_up() { gate_.speed_up(); }
  /// Sets the reason of refusals at a shut gate, TG_REASON_*: before the gate is shut.
  void refuse_with(std::uint32_t reason) { shut_reason_.store(reason, std::memory_order_relaxed); }
  /// Sets the target for refused sessions, which lives as long as the host; null: the target of the options.
  void redirect_to(const std::string *target) { redirect_.store(target, std::memory_order_release); }
  Gate &gate() { return gate_; }

  // ---- figures ----

  const Gate &gate() const { return gate_; }
  const Options &options() const { return options_; }
  /// Returns the number of sessions and children admitted so far.
  std::uint64_t admitted() const { return gate_.total(Lane::session_in) + gate_.total(Lane::child_in); }
  /// Returns the number of refusals so far, of entries too.
  std::uint64_t refused() const { return noted(Lane::refused_new) + noted(Lane::refused_other); }
  /// Returns the number of requests of kind NEW so far, admitted or refused, entries included.
  std::uint64_t arrivals() const;
  /// Returns the number of sessions, children and entries that have left so far.
  std::uint64_t departures() const {
    return gate_.total(Lane::session_out) + gate_.total(Lane::child_out) + gate_.total(Lane::entry_out);
  }

 private:
  struct Way;
  class Asking;


  /// Admits a session with a reserved record, after all policies, if the gate is wide open. `policies`: bits of the policies that answered
  /// ADMITTED. Returns: 0, with the record still reserved, when the gate is not wide open or the limit is reached.
  template <class Now>
  [[gnu::always_inline]] tg_ticket admit_at_cells(std::uint32_t record, const tg_request &request, std::uint32_t policies,
                                                  Now &&now);
  [[gnu::noinline]] tg_ticket after_asking(Asking &asking, bool allowed, std::uint32_t record, const tg_request &request,
                                           Nanos now, tg_verdict &verdict);
  tg_ticket admit_at_word(std::uint32_t record, const tg_request &request, Nanos now, std::uint32_t policies,
                          std::uint32_t &reason);
  Way look(const tg_request &request) const;
  Way look_at_options(const tg_request &request, Rule rule) const;
  std::uint32_t pass(const tg_request &request, Way way, Session &session);
  bool pass_bounded(Unit unit, const Way &way, std::uint32_t &reason);
  tg_ticket refuse(std::uint32_t reason, const tg_request &request, tg_verdict &verdict,
                   const tg_admission_answer *answer = nullptr);
  void note_call(std::uint32_t record, const Policy &policy);
  tg_admission_query query_of(const tg_request &request) const;
  Session session_of(const tg_request &request, Nanos now) const;
  bool holds_credit(std::uint32_t kind) const { return kind != TG_KIND_CHILD && credits_.bounded(); }
  void note(Lane lane);
  bool refuse_entry(Lane lane) {
    note(lane);
    return false;
  }
  [[gnu::noinline]] void tell_of_end(tg_ticket ticket, std::uint64_t state);
  [[gnu::noinline]] Released leave_with(std::uint32_t kind);
  std::uint64_t noted(Lane lane) const;

  const Options options_;
  const Nanos retry_jitter_;  // of options_.retry_after
  SessionSlab &slab_;
  PolicyDoors &policies_;

  alignas(64) Gate gate_;  // its entrance and its cells are in the memory of CellMemory
  // Written under the control lock and read by admissions, on a cache line that every admission needs. A thread that sees the gate
  // moved sees the permissions set before: the gate's step is a release, and its position is read with acquire.
  std::atomic<std::uint32_t> permissions_{0};
  std::atomic<std::uint64_t> limit_{0};
  std::atomic<const std::string *> redirect_{nullptr};         // release and acquire: the string is read
  std::atomic<std::uint32_t> shut_reason_{TG_REASON_STOPPED};  // only a hint in refusals

  Credits credits_;
  /// The counts of the lanes from refused_new on, for threads that cannot count in the cells.
  std::atomic<std::uint64_t> elsewhere_[3]{};

  Affinity affinity_;
};

template <class Now>
inline tg_ticket Admission::admit_at_once(const tg_request &request, Now &&now) {
  if (!gate_.cells().is_open() || minded() || request.kind == TG_KIND_CHILD) return 0;
  const std::uint32_t record = slab_.reserve();
  if (record == SessionSlab::kNone) [[unlikely]]
    return 0;
  const tg_ticket ticket = admit_at_cells(record, request, 0, now);
  if (ticket == 0) [[unlikely]]
    slab_.give_back(record);
  return ticket;
}

/// Admits without the permission table: cells are open only while the rule for all kinds but CHILD is yes.
template <class Now>
inline tg_ticket Admission::admit_at_cells(std::uint32_t record, const tg_request &request, std::uint32_t policies,
                                           Now &&now) {
  if (credits_.bounded() && !credits_.take()) return 0;
  // Only at the cells: at the word the lower limit of a ramp may be in force by now.
  if (gate_.cells().add<Lane::session_in>()) [[likely]] {
    if (request.kind != TG_KIND_NEW) note(Lane::not_new);
    const SessionSlab::Written session{.service = options_.service,
                                       .kind = request.kind,
                                       .session_class = request.session_class,
                                       .policies = policies,
                                       .admitted = now(),
                                       .tag = request.tag,
                                       .bond = request.key,
                                       .peer = request.peer};
    const tg_ticket ticket = slab_.publish(record, session);
    if (request.key != 0) affinity_.count_in(slab_, ticket, session_of(request, 0));
    return ticket;
  }
  if (credits_.bounded()) credits_.give();
  return 0;
}

inline Admission::Released Admission::release(tg_ticket ticket) {
  const std::uint64_t state = slab_.retire(ticket, options_.service);
  if (state == 0) return Released::stale;
  if (slab_.has_more(ticket, state)) [[unlikely]]
    tell_of_end(ticket, state);
  if (slab_.give_back(SessionSlab::index_of(ticket)) && options_.worth_a_trim != nullptr && !forked()) [[unlikely]]
    options_.worth_a_trim(options_.user);
  const std::uint32_t kind = SessionSlab::kind_of(state);
  if (holds_credit(kind)) credits_.give();
  if (kind != TG_KIND_CHILD && gate_.leave_here<Lane::session_out>()) [[likely]]
    return Released::more;
  return leave_with(kind);
}

}  // namespace tidegate::sdk

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

/// What policies are told of a session that was admitted. `service`: its name.
tg_admission_query query_of(const Session &session, tg_str service);

/// The way in and out of one service: look at the gate, ask the policies, pass the gate; release.
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
    std::uint32_t retry_jitter_percent = 20;  ///< spread of every hint to the refused, at most 100; 0: none
    tg_str redirect{};                        ///< where the refused are sent; lives as long as the host; empty: nowhere
    bool fail_closed = false;                 ///< while a policy is taken out, all but CHILD is refused
    Nanos (*clock)(void *user) = nullptr;     ///< for the timed calls of policies; null: no call is timed
    Nanos (*tick)(void *user) = nullptr;      ///< a cheaper one, for how long a policy has been called
    /// Called by a release, any thread, when the slab's trim() would be of use; may be null.
    void (*worth_a_trim)(void *user) = nullptr;
    /// Called by an admission, any thread, when a policy was slow or answered garbage; may be null.
    void (*policy_faulted)(void *user) = nullptr;
    void *user = nullptr;
  };

  /// `cells`: nullptr: all is counted at one word.
  Admission(const Options &options, SessionSlab &slab, PolicyDoors &policies, CellMemory *cells = nullptr);

  /// In a child of the process that made the host: nothing is admitted.
  bool forked() const { return gate_.cells().forked(); }

  /// Fills in the verdict, whose texts stay until the next one on this thread. Returns: the ticket, 0 when refused.
  tg_ticket admit(const tg_request &request, Nanos now, tg_verdict &verdict);
  /// Admits in the most frequent case, at no cost for other cases: the gate is wide open, no policy is loaded, and the session has no
  /// parent. `now()`: the time, read when the session is admitted. Returns: 0 when the case is another.
  template <class Now>
  [[gnu::always_inline]] tg_ticket admit_at_once(const tg_request &request, Now &&now);
  /// The same when policies have a say. Returns: 0 when admit() has to be asked; kRefused, with the verdict filled in.
  [[gnu::noinline]] tg_ticket admit_asked(const tg_request &request, Nanos now, tg_verdict &verdict) noexcept;
  static constexpr tg_ticket kRefused = 1;  // none of a session
  /// Returns: whether policies take part in the decision.
  bool minded() const { return policies_.asked() != 0 || (options_.fail_closed && policies_.out() != 0); }

  static void say_admitted(tg_verdict &verdict) {
    verdict.code = TG_VERDICT_ADMITTED;
    verdict.reason = TG_REASON_NONE;
    verdict.retry_after_ns = 0;
    verdict.text = verdict.redirect = {};
  }

  enum class Released : std::uint8_t { more, last, stale };
  /// Ends a session. `last`: tell the steward.
  [[gnu::always_inline]] Released release(tg_ticket ticket);

  /// Returns: false when enter() has to be asked.
  [[gnu::always_inline]] bool enter_at_once() { return gate_.pass_here<Lane::entry_in>(); }
  /// Refuses what enter_at_once() did not let in. Returns: false when enter() has to be asked.
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
  /// Returns: false when leave() has to be asked.
  [[gnu::always_inline]] bool leave_at_once() { return gate_.leave_here<Lane::entry_out>(); }
  Gate::Left leave() { return gate_.leave(Unit::entry); }

  // What the host says of a session. Return: false when the ticket is stale.
  bool active(tg_ticket ticket, Nanos now) { return slab_.active(ticket, options_.service, now); }
  bool idle(tg_ticket ticket, Nanos now) { return slab_.idle(ticket, options_.service, now); }
  bool acknowledge(tg_ticket ticket, std::uint64_t epoch, Nanos now) {
    return slab_.acknowledge(ticket, options_.service, epoch, now);
  }

  // ---- control: what admissions go by ----

  /// What the drain permits; before the gate is shut, and when that changes.
  void permit(Permissions permissions) { permissions_.store(permissions.word(), std::memory_order_release); }
  /// Where AFFINITY is permitted: finds out which keys are live; before the gate is shut, else none is until it is done.
  /// Returns: false when memory could not be had: then AFFINITY sessions are refused, and the drain goes on.
  bool index_keys(std::uint64_t epoch) { return affinity_.build(slab_, options_.service, epoch); }
  /// Drops the index of keys after the gate was opened; no admission needs it until the next drain.
  void drop_keys() { affinity_.drop(); }
  /// How many sessions ordinary work may bring it to; before the gate is opened, and as that grows. The service ramps up
  /// while it is less than max_sessions; 0: it does not.
  void set_limit(std::uint64_t sessions) { limit_.store(sessions, std::memory_order_release); }
  /// Has all that is counted or bounded done exactly, which costs more: before the gate is moved. Returns: false, and nothing
  /// is changed, when the system does not let it.
  bool slow_down();
  /// Has it done by each processor: once the gate is open and the service does not ramp up.
  void speed_up() { gate_.speed_up(); }
  /// Why a shut gate refuses now, TG_REASON_*; before it is shut.
  void refuse_with(std::uint32_t reason) { shut_reason_.store(reason, std::memory_order_relaxed); }
  /// Where the refused are sent now; lives as long as the host; null: as the options say.
  void redirect_to(const std::string *target) { redirect_.store(target, std::memory_order_release); }
  Gate &gate() { return gate_; }

  // ---- figures ----

  const Gate &gate() const { return gate_; }
  const Options &options() const { return options_; }
  /// Sessions and children admitted so far.
  std::uint64_t admitted() const { return gate_.total(Lane::session_in) + gate_.total(Lane::child_in); }
  /// All that was refused so far, entries too.
  std::uint64_t refused() const { return noted(Lane::refused_new) + noted(Lane::refused_other); }
  /// How many times work of kind NEW was asked for so far, whatever the answer.
  std::uint64_t arrivals() const;
  /// How many sessions, children and entries have left so far.
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

  alignas(64) Gate gate_;  // its entrance and its cells are elsewhere, the processors' own
  // Written under the control lock and read by admissions, on a cache line that every admission needs. A thread that sees the gate
  // moved sees the permissions set before: the gate's step is a release, and its position is read with acquire.
  std::atomic<std::uint32_t> permissions_{0};
  std::atomic<std::uint64_t> limit_{0};
  std::atomic<const std::string *> redirect_{nullptr};         // release and acquire: the string is read
  std::atomic<std::uint32_t> shut_reason_{TG_REASON_STOPPED};  // only a hint to the refused

  Credits credits_;
  /// The same as in the cells' lanes from refused_new on, of threads that have no place there.
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
  // At the cells or not at all: at the word another bound may be in force by now.
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

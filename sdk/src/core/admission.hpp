#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "core/affinity.hpp"
#include "core/gate.hpp"
#include "core/nanos.hpp"
#include "core/permission.hpp"
#include "core/policy_list.hpp"
#include "core/session_slab.hpp"
#include "tidegate/admission.h"

namespace tidegate::sdk {

/// The way in and out of one service: look at the gate, ask the policies, pass the gate; release.
///
/// The look asks the permission table. The gate's last step decides alone. Policies are asked before it and never hold a
/// drain open; each yes of one is followed by exactly one `cancelled` or `released`. Entries are NEW and normal, or CHILD;
/// limits count sessions and do not bound them.
///
/// Threads: what is under "control" below under the host's control lock; all else any: no locks, no allocation.
class Admission {
 public:
  struct Options {
    std::uint32_t service = 0;       ///< index in the host
    tg_str name{};                   ///< lives as long as the host
    std::uint64_t max_sessions = 0;  ///< 0: none
    Nanos retry_after = 30 * kSecond;
    std::uint32_t retry_jitter_percent = 20;  ///< spread of every hint to the refused, at most 100; 0: none
    tg_str redirect{};                        ///< where the refused are sent; lives as long as the host; empty: nowhere
  };

  Admission(const Options &options, SessionSlab &slab, const std::atomic<const PolicyList *> &policies);

  /// Fills in the verdict. Returns: the ticket, 0 when refused.
  tg_ticket admit(const tg_request &request, Nanos now, tg_verdict &verdict);

  enum class Released : std::uint8_t { more, last, stale };
  /// Ends a session. `last`: tell the steward.
  Released release(tg_ticket ticket);

  bool enter();
  bool enter_child(tg_ticket parent);
  Released leave();

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
  /// After the gate was opened: nobody asks for keys until the next drain.
  void drop_keys() { affinity_.drop(); }
  /// How many sessions ordinary work may bring it to; before the gate is opened, and as that grows. The service ramps up
  /// while it is less than max_sessions; 0: it does not.
  void set_limit(std::uint64_t sessions) { limit_.store(sessions, std::memory_order_release); }
  /// Why a shut gate refuses now, TG_REASON_*; before it is shut.
  void refuse_with(std::uint32_t reason) { shut_reason_.store(reason, std::memory_order_relaxed); }
  /// Where the refused are sent now; lives as long as the host; null: as the options say.
  void redirect_to(const std::string *target) { redirect_.store(target, std::memory_order_release); }
  Gate &gate() { return gate_; }

  // ---- figures ----

  const Gate &gate() const { return gate_; }
  const Options &options() const { return options_; }
  /// Sessions and children admitted so far.
  std::uint64_t admitted() const { return admitted_.total(); }
  /// All that was refused so far, entries too.
  std::uint64_t refused() const { return refused_.total(); }
  /// How many times work of kind NEW was asked for so far, whatever the answer.
  std::uint64_t arrivals() const { return admitted_.of_new() + refused_.of_new() + entered_.of_new(); }
  /// How many sessions, children and entries have left so far. Never too many; who has passed the gate and is not counted
  /// as admitted yet makes it too few for that moment, so a watch keeps the largest.
  std::uint64_t departures() const;

 private:
  /// A count that only rises, split by whether the work was of kind NEW. Figures for people: relaxed, but for the release
  /// that lets departures() find in the gate all that it finds here.
  class Tallies {
   public:
    std::uint64_t add(bool is_new) { return counts_[is_new ? 1 : 0].fetch_add(1, std::memory_order_release); }
    std::uint64_t of_new() const { return counts_[1].load(std::memory_order_acquire); }
    std::uint64_t total() const { return counts_[0].load(std::memory_order_acquire) + of_new(); }

   private:
    std::atomic<std::uint64_t> counts_[2]{};
  };
  struct Way;
  struct Answers;

  Way look(const tg_request &request) const;
  Way look_at_options(const tg_request &request, Rule rule) const;
  std::uint32_t pass(const tg_request &request, Way way, Session &session);
  void refuse(std::uint32_t reason, const tg_request &request, tg_verdict &verdict, const Answers *answers = nullptr);
  bool ask(const tg_request &request, Answers &answers) const;
  void cancel(const tg_request &request, const Answers &answers) const;
  tg_admission_query query_of(const Session &session) const;
  Session session_of(const tg_request &request, Nanos now) const;

  const Options options_;
  const Nanos retry_jitter_;  // of options_.retry_after
  SessionSlab &slab_;
  const std::atomic<const PolicyList *> &policies_;  // acquire; published with release by the plugin loader

  alignas(64) Gate gate_;
  // Written under the control lock and read by admissions, on the line that an admission needs anyway. Whoever sees the
  // gate moved sees what was set before: the gate's step releases it, and its position is read with acquire.
  std::atomic<std::uint32_t> permissions_{0};
  std::atomic<std::uint64_t> limit_{0};
  std::atomic<const std::string *> redirect_{nullptr};         // release and acquire: the string is read
  std::atomic<std::uint32_t> shut_reason_{TG_REASON_STOPPED};  // only a hint to the refused

  alignas(64) Tallies admitted_;  // on another line than the gate
  Tallies refused_;
  Tallies entered_;

  Affinity affinity_;
};

}  // namespace tidegate::sdk

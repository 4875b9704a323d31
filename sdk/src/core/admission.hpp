#pragma once

#include <atomic>
#include <cstdint>

#include "core/gate.hpp"
#include "core/nanos.hpp"
#include "core/policy_list.hpp"
#include "core/session_slab.hpp"
#include "tidegate/admission.h"

namespace tidegate::sdk {

/// The way in and out of one service: look at the gate, ask the policies, pass the gate; release.
///
/// The gate's last step decides alone. Policies are asked before it and never hold a drain open; each yes of one is
/// followed by exactly one `cancelled` or `released`. Threads: all functions any; no locks, no allocation.
class Admission {
 public:
  struct Options {
    std::uint32_t service = 0;       ///< index in the host
    tg_str name{};                   ///< lives as long as the host
    std::uint64_t max_sessions = 0;  ///< 0: none
    Nanos retry_after = 30 * kSecond;
  };

  Admission(const Options &options, SessionSlab &slab, const std::atomic<const PolicyList *> &policies)
      : options_(options), slab_(slab), policies_(policies) {}

  /// Fills in the verdict. Returns: the ticket, 0 when refused.
  tg_ticket admit(const tg_request &request, Nanos now, tg_verdict &verdict);

  enum class Released : std::uint8_t { more, last, stale };
  /// Ends a session. `last`: tell the steward.
  Released release(tg_ticket ticket);

  bool enter();
  bool enter_child(tg_ticket parent);
  Released leave();

  /// Why a shut gate refuses now, TG_REASON_*; set by the runtime before it shuts.
  void refuse_with(std::uint32_t reason) { shut_reason_.store(reason, std::memory_order_relaxed); }

  Gate &gate() { return gate_; }
  const Gate &gate() const { return gate_; }
  std::uint64_t admitted() const { return admitted_.load(std::memory_order_relaxed); }
  std::uint64_t refused() const { return refused_.load(std::memory_order_relaxed); }
  const Options &options() const { return options_; }

 private:
  struct Answers;

  std::uint32_t refusal_of(Passage passage) const;
  void refuse(std::uint32_t reason, tg_verdict &verdict);
  bool ask(const tg_request &request, Answers &answers) const;
  void cancel(const tg_request &request, const Answers &answers) const;
  tg_admission_query query_of(std::uint32_t kind, std::uint64_t tag, const tg_address &peer) const;

  const Options options_;
  SessionSlab &slab_;
  const std::atomic<const PolicyList *> &policies_;  // acquire; published with release by the plugin loader

  Gate gate_;
  std::atomic<std::uint32_t> shut_reason_{TG_REASON_STOPPED};  // only a hint to the refused
  alignas(64) std::atomic<std::uint64_t> admitted_{0};         // figures for people, relaxed
  std::atomic<std::uint64_t> refused_{0};                      // likewise, on another line than the gate
};

}  // namespace tidegate::sdk

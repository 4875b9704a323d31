#include "core/admission.hpp"

#include <algorithm>
#include <cstdio>
#include <optional>

#include "core/border_text.hpp"
#include "core/fixed_text.hpp"
#include "core/handed_over.hpp"
#include "core/mix.hpp"
#include "core/policy_scope.hpp"
#include "core/thread_texts.hpp"
#include "core/vendor_call.hpp"
#include "core/vocabulary.hpp"

namespace tidegate::sdk {
namespace {

// enter() and enter_child() do not read the permission table: the step of the gate applies these rules to entries.
static_assert(rule_for(Stage::open, TG_KIND_NEW, TG_CLASS_NORMAL) == Rule::yes);
static_assert(rule_for(Stage::draining, TG_KIND_NEW, TG_CLASS_NORMAL) == Rule::no);
static_assert(rule_for(Stage::draining, TG_KIND_CHILD, TG_CLASS_NORMAL) == Rule::parent);

Nanos percentage(Nanos mean, std::uint32_t percent) {
  percent = std::min(percent, 100u);
  return mean / 100 * percent + mean % 100 * percent / 100;
}

/// Returns `mean` plus or minus less than `most`, a different value for each `turn`, so that clients refused together do not return
/// together. The result is not 0, as `most` is at most `mean`.
Nanos spread(Nanos mean, Nanos most, std::uint64_t turn) {
  const std::uint64_t random = mix(turn);
  const std::uint64_t share = random & UINT32_MAX;  // of 2^32: a division would take half of the time of a refusal
  const Nanos by = (most >> 32) * share + (((most & UINT32_MAX) * share) >> 32);
  return random >> 63 != 0 ? later(mean, by) : mean - by;
}

constexpr tg_str kOut = {"a policy of this service does not answer; try again later", 57};
static_assert(std::string_view("a policy of this service does not answer; try again later").size() == 57);

std::size_t place_of(Lane lane) { return static_cast<std::size_t>(lane) - static_cast<std::size_t>(Lane::refused_new); }

Unit unit_of(std::uint32_t kind) { return kind == TG_KIND_CHILD ? Unit::child : Unit::session; }

/// Calls a function of a policy's table. Returns: false when the function has thrown; that is a fault of the policy.
template <class Call>
[[gnu::always_inline]] inline bool call(const Policy &policy, const char *function, Call &&its) {
  return vendor_call(its, [&](const char *what) {
    if (policy.meter != nullptr) policy.meter->threw(function, what);
  });
}

}  // namespace

void PolicyMeter::threw(const char *function, const char *what) noexcept {
  if (fault == nullptr) {
    garbage.fetch_add(1, std::memory_order_release);
    return;
  }
  char said[256];
  std::snprintf(said, sizeof said, "its %s threw an exception: %s", function, what);
  fault(user, said);
}

/// What the permission table says about a request at one moment.
struct Admission::Way {
  bool open = false;
  bool by_key = false;  // only because its key is live: pass() pins the key while it asks the gate
  bool ramped = false;  // the limit is the ramp's, not max_sessions
  Pass pass = Pass::ordinary;
  std::uint64_t reserve = 0;  // credits that this request must leave free
};

Admission::Admission(const Options &options, SessionSlab &slab, PolicyDoors &policies, CellMemory *cells)
    : options_(options),
      retry_jitter_(percentage(options.retry_after, options.retry_jitter_percent)),
      slab_(slab),
      policies_(policies),
      gate_(options.service, cells),
      credits_(options.max_sessions, gate_.cells()) {}

/// One request that policies are asked about, from the first question until it is admitted or refused. The thread is inside a door.
class Admission::Asking {
 public:
  [[gnu::always_inline]] Asking(Admission &admission, const tg_request &request, std::uint32_t record)
      : admission_(admission),
        record_(record),
        door_(admission.policies_.enter()),
        list_(admission.policies_.list()),
        query_(admission.query_of(request)) {}
  [[gnu::always_inline]] ~Asking() {
    if (door_ != nullptr) admission_.policies_.leave(door_);
  }
  Asking(const Asking &) = delete;
  Asking &operator=(const Asking &) = delete;

  /// Asks the policies in order. Returns: false when a policy has refused (the policies behind it are not asked), or when a policy is taken
  /// out and the service is fail-closed.
  [[gnu::always_inline]] bool ask(Nanos now) {
    if (door_ == nullptr) return true;  // in a forked child, where the gate admits nothing
    const PolicyScope scope;
    if (admission_.options_.fail_closed && admission_.policies_.out() != 0 && query_.kind != TG_KIND_CHILD) {
      refusal_ = TG_PLUGIN_INIT(tg_admission_answer);
      refusal_.text = kOut;
      return false;
    }
    SessionSlab &slab = admission_.slab_;
    const bool is_child = query_.kind == TG_KIND_CHILD;
    const Policy *const end = list_.policies.data() + list_.count;
    for (const Policy *policy = list_.policies.data(); policy != end; ++policy) {
      if (policy->part != Part::asked || (is_child && !policy->asks_child)) [[unlikely]] {
        if (policy->part == Part::heir) hand_over(*policy, now);
        continue;
      }
      slab.note_asking(record_, PolicyList::kAsking | policy->slot, now);
      tg_admission_answer answer = TG_PLUGIN_INIT(tg_admission_answer);
      const bool back = call(*policy, "ask", [&] {
        if (slab.is_sample(record_)) [[unlikely]]
          call_timed(*policy, answer);
        else
          policy->role->ask(policy->instance, &query_, &answer);
      });
      if (!back) [[unlikely]]
        continue;  // a policy that throws abstains
      if (answer.verdict == TG_VERDICT_ABSTAIN) continue;
      if (answer.verdict == TG_VERDICT_ADMITTED) [[likely]]
        say_yes(*policy, answer);
      else if (!refuse(*policy, answer))
        return false;
    }
    return true;
  }
  /// Calls `cancelled` of every policy that has answered ADMITTED.
  void cancel() {
    if (yes_ == 0) return;
    const PolicyScope scope;
    for (std::uint32_t i = 0; i < list_.count; ++i) {
      const Policy &policy = list_.policies[i];
      if ((yes_ & policy.bit()) == 0 || policy.role->cancelled == nullptr) continue;
      query_.cookie = policy.cookies != nullptr ? policy.cookies->reserved(record_) : 0;
      admission_.note_call(record_, policy);
      call(policy, "cancelled", [&] { policy.role->cancelled(policy.instance, &query_); });
    }
  }

  /// Returns the word for the session's record: the policies that have admitted the session and the stamp; 0: none.
  std::uint32_t yes() const { return yes_ == 0 ? 0 : yes_ | list_.stamp; }
  const tg_admission_answer &refusal() const { return refusal_; }

 private:
  [[gnu::noinline]] void call_timed(const Policy &policy, tg_admission_answer &answer) {
    const Options &options = admission_.options_;
    if (policy.meter == nullptr || options.clock == nullptr) return policy.role->ask(policy.instance, &query_, &answer);
    PolicyMeter &meter = *policy.meter;
    const Nanos before = options.clock(options.user);
    policy.role->ask(policy.instance, &query_, &answer);
    const Nanos took = until(options.clock(options.user), before);
    meter.timed.fetch_add(1, std::memory_order_relaxed);
    meter.time.fetch_add(took, std::memory_order_relaxed);
    Nanos longest = meter.longest.load(std::memory_order_relaxed);
    while (took > longest && !meter.longest.compare_exchange_weak(longest, took, std::memory_order_relaxed)) {
    }
    if (took > meter.slow_after) fault(meter.slow);
  }

  [[gnu::always_inline]] void say_yes(const Policy &policy, const tg_admission_answer &answer) {
    yes_ |= policy.bit();
    if (policy.cookies != nullptr) policy.cookies->put(record_, answer.cookie);
  }

  /// Offers the session to the heir if the policy that it replaces has admitted the session.
  [[gnu::noinline]] void hand_over(const Policy &heir, Nanos now) {
    if ((yes_ & heir.takes_from) == 0) return;
    admission_.slab_.note_asking(record_, PolicyList::kAsking | heir.slot, now);
    tg_admission_answer answer = TG_PLUGIN_INIT(tg_admission_answer);
    const bool back = call(heir, "adopt", [&] { heir.role->adopt(heir.instance, &query_, &answer); });
    if (back && answer.verdict == TG_VERDICT_ADMITTED) say_yes(heir, answer);
  }

  /// Reads a refusal. Returns: true when the answer is not a valid refusal.
  [[gnu::noinline]] bool refuse(const Policy &policy, const tg_admission_answer &answer) {
    const bool refused = answer.verdict == TG_VERDICT_REFUSED;
    refusal_ = answer;
    if (!refused) {
      char said[64];
      std::snprintf(said, sizeof said, "a policy answered %u, which is no verdict", answer.verdict);
      fault(policy, said);
      return true;
    }
    const char *wrong = nullptr;  // two errors in one answer are one fault
    if (!is_text(answer.text)) {
      refusal_.text = {};
      wrong = "a policy refused with a text that has no address, or is longer than 65,536 bytes";
    }
    // A redirect goes into a header such as Location: a cut or cleaned redirect would be another target.
    if (answer.redirect.len != 0 && !(is_text(answer.redirect) && is_redirect(view(answer.redirect), kRedirectBytes))) {
      refusal_.redirect = {};
      wrong = "a policy refused with a redirect that is no URI of 1 to 255 bytes";
    }
    if (wrong != nullptr) fault(policy, wrong);
    return false;
  }

  void fault(const Policy &policy, const char *what) {
    if (policy.meter == nullptr) return;
    if (policy.meter->fault != nullptr) return policy.meter->fault(policy.meter->user, what);
    fault(policy.meter->garbage);
  }

  void fault(std::atomic<std::uint64_t> &count) {
    const Options &options = admission_.options_;
    count.fetch_add(1, std::memory_order_release);
    if (options.policy_faulted != nullptr) options.policy_faulted(options.user);
  }

  Admission &admission_;
  const std::uint32_t record_;
  Gate *const door_;
  const PolicyList &list_;
  tg_admission_query query_;
  std::uint32_t yes_ = 0;  // bits of the policies that have answered ADMITTED
  tg_admission_answer refusal_;  // set when ask() has returned false
};

tg_ticket Admission::admit_asked(const tg_request &request, Nanos now, tg_verdict &verdict) noexcept {
  if (!gate_.cells().is_open() || request.kind == TG_KIND_CHILD || forked() || PolicyScope::inside()) [[unlikely]]
    return 0;
  // Before the policies are asked: the record names the policy in the call, so that a call that hangs can be found.
  const std::uint32_t record = slab_.reserve();
  if (record == SessionSlab::kNone) [[unlikely]]
    return 0;
  Asking asking(*this, request, record);
  const bool allowed = asking.ask(now);
  if (allowed) [[likely]] {
    if (const tg_ticket ticket = admit_at_cells(record, request, asking.yes(), [now] { return now; })) [[likely]] {
      say_admitted(verdict);
      return ticket;
    }
  }
  const tg_ticket ticket = after_asking(asking, allowed, record, request, now, verdict);
  return ticket != 0 ? ticket : kRefused;
}

/// Admits at the word, as the gate may have moved while the policies were asked; or cancels and refuses.
tg_ticket Admission::after_asking(Asking &asking, bool allowed, std::uint32_t record, const tg_request &request, Nanos now,
                                  tg_verdict &verdict) {
  std::uint32_t reason = TG_REASON_POLICY;
  if (allowed)
    if (const tg_ticket ticket = admit_at_word(record, request, now, asking.yes(), reason)) {
      say_admitted(verdict);
      return ticket;
    }
  asking.cancel();
  slab_.note_answered(record);
  slab_.give_back(record);
  return refuse(reason, request, verdict, allowed ? nullptr : &asking.refusal());
}

tg_ticket Admission::admit(const tg_request &request, Nanos now, tg_verdict &verdict) {
  if (request.kind == TG_KIND_CHILD && !slab_.is_live(request.parent, options_.service))
    return refuse(TG_REASON_PARENT_GONE, request, verdict);
  const bool at_cells = gate_.cells().is_open() && request.kind != TG_KIND_CHILD;
  if (!at_cells && !look(request).open) return refuse(shut_reason_.load(std::memory_order_relaxed), request, verdict);
  if (minded() && at_cells) {
    const tg_ticket ticket = admit_asked(request, now, verdict);
    if (ticket != 0) return ticket == kRefused ? 0 : ticket;
  }
  const std::uint32_t record = slab_.reserve();
  if (record == SessionSlab::kNone) return refuse(TG_REASON_CAPACITY, request, verdict);
  if (minded()) {
    Asking asking(*this, request, record);
    return after_asking(asking, asking.ask(now), record, request, now, verdict);
  }
  std::uint32_t reason = TG_REASON_NONE;
  if (const tg_ticket ticket = admit_at_word(record, request, now, 0, reason)) {
    say_admitted(verdict);
    return ticket;
  }
  slab_.give_back(record);
  return refuse(reason, request, verdict);
}

/// Admits at the word. Returns: the ticket, or 0 with the reason when the session does not pass.
tg_ticket Admission::admit_at_word(std::uint32_t record, const tg_request &request, Nanos now, std::uint32_t policies,
                                   std::uint32_t &reason) {
  const Way way = look(request);
  reason = shut_reason_.load(std::memory_order_relaxed);
  if (!way.open) return 0;
  Session session = session_of(request, now);
  session.policies = policies;
  reason = pass(request, way, session);
  if (reason != TG_REASON_NONE) return 0;
  if (unit_of(request.kind) == Unit::session && request.kind != TG_KIND_NEW) note(Lane::not_new);
  const tg_ticket ticket = slab_.publish(record, session);
  affinity_.count_in(slab_, ticket, session);
  return ticket;
}

/// Reads the permission table for a request. The caller has checked that the parent of a CHILD is live.
Admission::Way Admission::look(const tg_request &request) const {
  const Gate::Position position = gate_.position();
  const std::uint64_t limit = limit_.load(std::memory_order_acquire);
  const std::uint64_t max = options_.max_sessions;
  const bool ramping = limit != 0 && (max == 0 || limit < max);
  const Rule rule = rule_for(stage_of(position, ramping), request.kind, request.session_class);
  switch (rule) {
    case Rule::no: return {};
    case Rule::yes: return {.open = true};
    case Rule::ramp: return {.open = true, .ramped = true, .reserve = max > limit ? max - limit : 0};
    case Rule::parent: return {.open = true, .pass = Pass::inside};
    default: return look_at_options(request, rule);
  }
}

/// Applies the rows of the permission table that depend on the options of the drain.
Admission::Way Admission::look_at_options(const tg_request &request, Rule rule) const {
  const Permissions permitted = Permissions::of(permissions_.load(std::memory_order_acquire));
  Way way{.pass = Pass::inside};
  if (permitted.emergency && rule != Rule::key) {
    way.open = true;
  } else if (permitted.affinity && rule != Rule::emergency) {
    way.open = way.by_key = affinity_.live(request.key);
    // The key may be missing because the gate was opened, which drops the keys: then the table of an open gate decides.
    if (!way.open && gate_.is_open()) return look(request);
  }
  return way;
}

/// Counts the session in at the gate. Returns: TG_REASON_NONE when the gate has counted it.
///
/// The permission table is read again when the gate has moved since, or the key has died. Each repetition follows a change by another
/// thread.
std::uint32_t Admission::pass(const tg_request &request, Way way, Session &session) {
  for (; way.open && !forked(); way = look(request)) {
    std::optional<Affinity::Hold> key;
    if (way.by_key && !key.emplace(affinity_, request.key)) continue;
    std::uint32_t reason = TG_REASON_NONE;
    if (pass_bounded(unit_of(request.kind), way, reason)) {
      if (key) key->keep(session);
      return TG_REASON_NONE;
    }
    if (reason != TG_REASON_NONE) return reason;
  }
  return shut_reason_.load(std::memory_order_relaxed);
}

/// Takes a credit, if a limit holds for the unit, and passes the gate. Returns: false with a reason when the limit refuses, and with
/// TG_REASON_NONE when the gate does.
bool Admission::pass_bounded(Unit unit, const Way &way, std::uint32_t &reason) {
  const bool bounded = unit == Unit::session && credits_.bounded();
  if (bounded && !credits_.take(way.reserve)) {
    const bool full = !way.ramped || credits_.taken() >= options_.max_sessions;
    reason = full ? TG_REASON_LIMIT : TG_REASON_RAMP;
    return false;
  }
  if (gate_.pass(unit, way.pass)) return true;
  if (bounded) credits_.give();
  return false;
}

/// Counts the session out, as the last step of a release: a thread that finds the service empty knows that every policy was told, and may
/// destroy these objects.
Admission::Released Admission::leave_with(std::uint32_t kind) {
  switch (gate_.leave(unit_of(kind))) {
    case Gate::Left::last: return Released::last;
    case Gate::Left::more: return Released::more;
    case Gate::Left::none: break;  // only in a forked child, which has counted nothing
  }
  return Released::stale;
}

void Admission::tell_of_end(tg_ticket ticket, std::uint64_t state) {
  if (forked()) return;  // only the parent process tells its policies of its sessions
  const Session session = slab_.ended(ticket, state);
  affinity_.count_out(session);
  Gate *const door = policies_.enter();
  if (door == nullptr) return;
  // In this order: the list that is read inside the door, before the word of the record, names every policy whose bit the word has.
  const PolicyList &list = policies_.list();
  if (const std::uint32_t yes = slab_.take_policies(ticket); yes != 0) {
    tg_admission_query query = sdk::query_of(session, options_.name);
    const PolicyScope scope;
    for (std::uint32_t i = 0; i < list.count; ++i) {
      const Policy &policy = list.policies[i];
      if ((yes & policy.bit()) == 0 || policy.role->released == nullptr) continue;
      query.cookie = policy.cookies != nullptr ? policy.cookies->of(ticket) : 0;
      note_call(SessionSlab::index_of(ticket), policy);
      call(policy, "released", [&] { policy.role->released(policy.instance, &query); });
    }
    slab_.note_answered(SessionSlab::index_of(ticket));
  }
  policies_.leave(door);
}

/// Notes the call of a policy in a record that no other thread uses.
void Admission::note_call(std::uint32_t record, const Policy &policy) {
  slab_.note_asking(record, PolicyList::kAsking | policy.slot, options_.tick != nullptr ? options_.tick(options_.user) : kNever);
}

/// Collects the credits that processors keep, too: they would make the limit of a gate that is not wide open too low.
bool Admission::slow_down() {
  if (!gate_.slow_down()) return false;
  credits_.collect();
  return true;
}

// ---- figures ----

void Admission::note(Lane lane) {
  const Cells &cells = gate_.cells();
  const bool noted = lane == Lane::refused_new     ? cells.note<Lane::refused_new>()
                     : lane == Lane::refused_other ? cells.note<Lane::refused_other>()
                                                   : cells.note<Lane::not_new>();
  if (!noted) elsewhere_[place_of(lane)].fetch_add(1, std::memory_order_seq_cst);
}

std::uint64_t Admission::noted(Lane lane) const {
  return static_cast<std::uint64_t>(gate_.cells().sum(lane)) + elsewhere_[place_of(lane)].load(std::memory_order_seq_cst);
}

/// Reads the number of sessions that are not NEW first, as an admission notes it after it counts the session.
std::uint64_t Admission::arrivals() const {
  const std::uint64_t not_new = noted(Lane::not_new);
  return gate_.total(Lane::session_in) - not_new + gate_.total(Lane::entry_in) + noted(Lane::refused_new);
}

/// Counts a refusal and fills in the verdict. Returns: 0.
tg_ticket Admission::refuse(std::uint32_t reason, const tg_request &request, tg_verdict &verdict,
                            const tg_admission_answer *answer) {
  note(request.kind == TG_KIND_NEW ? Lane::refused_new : Lane::refused_other);
  verdict.code = TG_VERDICT_REFUSED;
  verdict.reason = reason;
  verdict.text = to_str(reason_word(reason).text);
  verdict.retry_after_ns = 0;
  verdict.redirect = {};
  if (reason == TG_REASON_PARENT_GONE) return 0;  // without its parent a CHILD is refused later and elsewhere, too
  const std::string *target = redirect_.load(std::memory_order_acquire);
  verdict.redirect = target != nullptr ? to_str(*target) : options_.redirect;
  Nanos retry_after = options_.retry_after, jitter = retry_jitter_;
  if (answer != nullptr) {
    // The texts are copied, as the plugin may be unloaded before the verdict is read. Without memory the default texts stay.
    ThreadTexts *const kept = answer->text.len != 0 || answer->redirect.len != 0 ? ThreadTexts::get() : nullptr;
    if (kept != nullptr && answer->text.len != 0) {
      clean_into(kept->refusal, view(answer->text));
      verdict.text = kept->refusal.str();
    }
    if (kept != nullptr && answer->redirect.len != 0) {
      kept->redirect.assign(view(answer->redirect));
      verdict.redirect = kept->redirect.str();
    }
    if (answer->retry_after_ns != 0) {
      retry_after = answer->retry_after_ns;
      jitter = percentage(retry_after, options_.retry_jitter_percent);
    }
  }
  // A number that differs from refusal to refusal on this processor, and from processor to processor.
  const std::uint64_t turn = gate_.cells().stir() + elsewhere_[0].load(std::memory_order_relaxed) +
                             elsewhere_[1].load(std::memory_order_relaxed);
  verdict.retry_after_ns = spread(retry_after, jitter, turn);
  return 0;
}

Session Admission::session_of(const tg_request &request, Nanos now) const {
  Session session;
  session.service = options_.service;
  session.kind = request.kind;
  session.session_class = request.session_class;
  session.admitted = now;
  session.tag = request.tag;
  session.parent = request.kind == TG_KIND_CHILD ? request.parent : 0;
  session.key = request.kind == TG_KIND_CHILD ? 0 : request.key;
  session.peer = request.peer;
  return session;
}

tg_admission_query Admission::query_of(const tg_request &request) const {
  return {.struct_size = sizeof(tg_admission_query),
          .abi = TG_PLUGIN_ABI,
          .kind = request.kind,
          .session_class = request.session_class,
          .tag = request.tag,
          .peer = request.peer,
          .service = options_.name,
          .key = request.kind == TG_KIND_CHILD ? 0 : request.key,
          .cookie = 0};
}

tg_admission_query query_of(const Session &session, tg_str service) {
  return {.struct_size = sizeof(tg_admission_query),
          .abi = TG_PLUGIN_ABI,
          .kind = session.kind,
          .session_class = session.session_class,
          .tag = session.tag,
          .peer = session.peer,
          .service = service,
          .key = session.key,
          .cookie = 0};
}

}  // namespace tidegate::sdk

#include "core/admission.hpp"

#include <algorithm>
#include <optional>

#include "core/fixed_text.hpp"
#include "core/mix.hpp"
#include "core/vocabulary.hpp"

namespace tidegate::sdk {
namespace {

// enter() and enter_child() do not look: these rules are what the gate's own step does for entries.
static_assert(rule_for(Stage::open, TG_KIND_NEW, TG_CLASS_NORMAL) == Rule::yes);
static_assert(rule_for(Stage::draining, TG_KIND_NEW, TG_CLASS_NORMAL) == Rule::no);
static_assert(rule_for(Stage::draining, TG_KIND_CHILD, TG_CLASS_NORMAL) == Rule::parent);

Nanos percentage(Nanos mean, std::uint32_t percent) {
  percent = std::min(percent, 100u);
  return mean / 100 * percent + mean % 100 * percent / 100;
}

/// `mean` plus or minus less than `most`, another value for each `turn`: those refused together do not come back together.
/// A hint stays one: not 0, as `most` is not more than `mean`.
Nanos spread(Nanos mean, Nanos most, std::uint64_t turn) {
  const std::uint64_t random = mix(turn);
  const std::uint64_t share = random & UINT32_MAX;  // of 2^32: a division would be half of what a refusal costs
  const Nanos by = (most >> 32) * share + (((most & UINT32_MAX) * share) >> 32);
  return random >> 63 != 0 ? later(mean, by) : mean - by;
}

bool asked(const Policy &policy, std::uint32_t kind) { return kind != TG_KIND_CHILD || policy.asks_child; }

std::size_t place_of(Lane lane) { return static_cast<std::size_t>(lane) - static_cast<std::size_t>(Lane::refused_new); }

Unit unit_of(std::uint32_t kind) { return kind == TG_KIND_CHILD ? Unit::child : Unit::session; }

}  // namespace

/// How a request may pass at one moment.
struct Admission::Way {
  bool open = false;
  bool by_key = false;  // because its key is live: that is held while the gate is asked
  bool ramped = false;  // the bound is the ramp's, not max_sessions
  Pass pass = Pass::ordinary;
  std::uint64_t reserve = 0;  // credits that are not for such work
};

Admission::Admission(const Options &options, SessionSlab &slab, const std::atomic<const PolicyList *> &policies,
                     CellMemory *cells)
    : options_(options),
      retry_jitter_(percentage(options.retry_after, options.retry_jitter_percent)),
      slab_(slab),
      policies_(policies),
      gate_(options.service, cells),
      credits_(options.max_sessions, gate_.cells()) {}

struct Admission::Answers {
  const PolicyList *list = nullptr;
  std::uint32_t yes = 0;  // marks of those that said yes
  tg_admission_answer refusal;  // if one said no
};

tg_ticket Admission::admit(const tg_request &request, Nanos now, tg_verdict &verdict) {
  if (request.kind == TG_KIND_CHILD && !slab_.is_live(request.parent, options_.service)) {
    refuse(TG_REASON_PARENT_GONE, request, verdict);
    return 0;
  }
  const bool at_cells = gate_.cells().is_open() && request.kind != TG_KIND_CHILD;
  if (!at_cells && !look(request).open) {
    refuse(shut_reason_.load(std::memory_order_relaxed), request, verdict);
    return 0;
  }

  Answers answers;
  if (!ask(request, answers)) {
    cancel(request, answers);
    refuse(TG_REASON_POLICY, request, verdict, &answers);
    return 0;
  }
  say_admitted(verdict);
  if (at_cells)
    if (const tg_ticket ticket = admit_at_cells(request, answers.yes, [now] { return now; }); ticket != 0) return ticket;

  const Way way = look(request);  // the gate may have moved while they were asked
  if (!way.open) {
    cancel(request, answers);
    refuse(shut_reason_.load(std::memory_order_relaxed), request, verdict);
    return 0;
  }
  const std::uint32_t record = slab_.reserve();
  if (record == SessionSlab::kNone) {
    cancel(request, answers);
    refuse(TG_REASON_CAPACITY, request, verdict);
    return 0;
  }
  Session session = session_of(request, now);
  session.policies = answers.yes;
  if (const std::uint32_t reason = pass(request, way, session); reason != TG_REASON_NONE) {
    slab_.give_back(record);
    cancel(request, answers);
    refuse(reason, request, verdict);
    return 0;
  }

  if (unit_of(request.kind) == Unit::session && request.kind != TG_KIND_NEW) note(Lane::not_new);
  const tg_ticket ticket = slab_.publish(record, session);
  affinity_.count_in(slab_, ticket, session);
  return ticket;
}

/// What the table says of a request now. A CHILD's parent has been looked at.
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

/// The rest of the table: what goes by what the drain permits.
Admission::Way Admission::look_at_options(const tg_request &request, Rule rule) const {
  const Permissions permitted = Permissions::of(permissions_.load(std::memory_order_acquire));
  Way way{.pass = Pass::inside};
  if (permitted.emergency && rule != Rule::key) {
    way.open = true;
  } else if (permitted.affinity && rule != Rule::emergency) {
    way.open = way.by_key = affinity_.live(request.key);
    // Keys are dropped when the gate has been opened: then it is not the key that decides.
    if (!way.open && gate_.is_open()) return look(request);
  }
  return way;
}

/// The last step. Returns: TG_REASON_NONE when it has been counted in.
///
/// Should the gate have moved since the table was asked, or the key have died, it is asked again; each turn but the last is
/// somebody else's doing.
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

/// Returns: false with the reason of a bound, or with none when the gate does not let it pass any more.
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

/// Last, so that whoever finds nobody left knows that every policy has been told, and may take all of this down.
Admission::Released Admission::leave_with(std::uint32_t kind) {
  switch (gate_.leave(unit_of(kind))) {
    case Gate::Left::last: return Released::last;
    case Gate::Left::more: return Released::more;
    case Gate::Left::none: break;  // only in a forked child, which has counted nothing
  }
  return Released::stale;
}

void Admission::tell_of_end(tg_ticket ticket, std::uint64_t state) {
  if (forked()) return;  // the policies have the parent's to tell of
  const Session session = slab_.ended(ticket, state);
  affinity_.count_out(session);
  if (session.policies == 0) return;
  tg_request request = TG_INIT(tg_request);
  request.kind = session.kind;
  request.session_class = session.session_class;
  request.tag = session.tag;
  request.peer = session.peer;
  request.key = session.key;
  const tg_admission_query query = query_of(request);
  const PolicyList &list = *policies_.load(std::memory_order_acquire);
  for (std::uint32_t i = 0; i < list.count; ++i) {
    const Policy &policy = list.policies[i];
    if ((session.policies & policy.bit) != 0 && policy.role->released != nullptr)
      policy.role->released(policy.instance, &query);
  }
}

/// Credits that a processor keeps would make the bound of a gate that is not wide open too low.
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

/// Those that are not NEW are noted after they are counted, so they are read first.
std::uint64_t Admission::arrivals() const {
  const std::uint64_t not_new = noted(Lane::not_new);
  return gate_.total(Lane::session_in) - not_new + gate_.total(Lane::entry_in) + noted(Lane::refused_new);
}

void Admission::refuse(std::uint32_t reason, const tg_request &request, tg_verdict &verdict, const Answers *answers) {
  note(request.kind == TG_KIND_NEW ? Lane::refused_new : Lane::refused_other);
  verdict.code = TG_VERDICT_REFUSED;
  verdict.reason = reason;
  verdict.text = to_str(reason_word(reason).text);
  verdict.retry_after_ns = 0;
  verdict.redirect = {};
  if (reason == TG_REASON_PARENT_GONE) return;  // such work has no place later or elsewhere either
  const std::string *target = redirect_.load(std::memory_order_acquire);
  verdict.redirect = target != nullptr ? to_str(*target) : options_.redirect;
  Nanos retry_after = options_.retry_after, jitter = retry_jitter_;
  if (answers != nullptr) {
    const tg_admission_answer &refusal = answers->refusal;
    if (refusal.text.len != 0) verdict.text = refusal.text;
    if (refusal.redirect.len != 0) verdict.redirect = refusal.redirect;
    if (refusal.retry_after_ns != 0) {
      retry_after = refusal.retry_after_ns;
      jitter = percentage(retry_after, options_.retry_jitter_percent);
    }
  }
  // Another one for each refusal here, and not the same ones elsewhere.
  const std::uint64_t turn = gate_.cells().stir() + elsewhere_[0].load(std::memory_order_relaxed) +
                             elsewhere_[1].load(std::memory_order_relaxed);
  verdict.retry_after_ns = spread(retry_after, jitter, turn);
}

bool Admission::ask(const tg_request &request, Answers &answers) const {
  answers.list = policies_.load(std::memory_order_acquire);
  if (answers.list->count == 0) return true;
  const tg_admission_query query = query_of(request);
  for (std::uint32_t i = 0; i < answers.list->count; ++i) {
    const Policy &policy = answers.list->policies[i];
    if (!asked(policy, request.kind)) continue;
    tg_admission_answer answer = TG_INIT(tg_admission_answer);
    policy.role->ask(policy.instance, &query, &answer);
    if (answer.verdict == TG_VERDICT_ADMITTED) answers.yes |= policy.bit;
    if (answer.verdict == TG_VERDICT_REFUSED) {
      answers.refusal = answer;
      return false;
    }
  }
  return true;
}

void Admission::cancel(const tg_request &request, const Answers &answers) const {
  if (answers.yes == 0) return;
  const tg_admission_query query = query_of(request);
  for (std::uint32_t i = 0; i < answers.list->count; ++i) {
    const Policy &policy = answers.list->policies[i];
    if ((answers.yes & policy.bit) != 0 && policy.role->cancelled != nullptr)
      policy.role->cancelled(policy.instance, &query);
  }
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
  tg_admission_query query = TG_INIT(tg_admission_query);
  query.abi = TG_PLUGIN_ABI;
  query.kind = request.kind;
  query.session_class = request.session_class;
  query.tag = request.tag;
  query.peer = request.peer;
  query.service = options_.name;
  query.key = request.kind == TG_KIND_CHILD ? 0 : request.key;
  return query;
}

}  // namespace tidegate::sdk

#include "core/admission.hpp"

#include "core/fixed_text.hpp"
#include "core/vocabulary.hpp"

namespace tidegate::sdk {
namespace {

/// A number spread over all of its bits (splitmix64, Steele, Lea and Flood 2014).
std::uint64_t mix(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15u;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}

/// `mean` ± 20 %, another value for each `turn`: those refused together do not come back together.
Nanos spread(Nanos mean, std::uint64_t turn) { return mean / 10 * 8 + mean / 1000 * (mix(turn) % 401); }

bool asked(const Policy &policy, std::uint32_t kind) { return kind != TG_KIND_CHILD || policy.asks_child; }

}  // namespace

struct Admission::Answers {
  const PolicyList *list = nullptr;
  std::uint32_t yes = 0;  // marks of those that said yes
  tg_admission_answer refusal{};
};

tg_ticket Admission::admit(const tg_request &request, Nanos now, tg_verdict &verdict) {
  const bool child = request.kind == TG_KIND_CHILD;
  if (child && !slab_.is_live(request.parent, options_.service)) {
    refuse(TG_REASON_PARENT_GONE, verdict);
    return 0;
  }
  if (!child && !gate_.is_open()) {
    refuse(refusal_of(Passage::shut), verdict);
    return 0;
  }

  Answers answers;
  if (!ask(request, answers)) {
    cancel(request, answers);
    refuse(TG_REASON_POLICY, verdict);
    if (answers.refusal.text.len != 0) verdict.text = answers.refusal.text;
    if (answers.refusal.retry_after_ns != 0) verdict.retry_after_ns = answers.refusal.retry_after_ns;
    return 0;
  }

  const std::uint32_t record = slab_.reserve();
  if (record == SessionSlab::kNone) {
    cancel(request, answers);
    refuse(TG_REASON_CAPACITY, verdict);
    return 0;
  }
  const Passage passage =
      gate_.pass(child ? Unit::child : Unit::session, child ? Pass::inside : Pass::ordinary, options_.max_sessions);
  if (passage != Passage::passed) {
    slab_.give_back(record);
    cancel(request, answers);
    refuse(refusal_of(passage), verdict);
    return 0;
  }

  admitted_.fetch_add(1, std::memory_order_relaxed);
  verdict.code = TG_VERDICT_ADMITTED;
  verdict.reason = TG_REASON_NONE;
  return slab_.publish(record,
                       {options_.service, request.kind, answers.yes, now, request.tag, request.parent, request.peer});
}

Admission::Released Admission::release(tg_ticket ticket) {
  Session session;
  if (!slab_.retire(ticket, options_.service, session)) return Released::stale;
  if (session.policies != 0) {
    const tg_admission_query query = query_of(session.kind, session.tag, session.peer);
    const PolicyList &list = *policies_.load(std::memory_order_acquire);
    for (std::uint32_t i = 0; i < list.count; ++i) {
      const Policy &policy = list.policies[i];
      if ((session.policies & policy.bit) != 0 && policy.role->released != nullptr)
        policy.role->released(policy.instance, &query);
    }
  }
  slab_.give_back(SessionSlab::index_of(ticket));
  // Last, so that whoever finds nobody left knows that every policy has been told.
  const Unit unit = session.kind == TG_KIND_CHILD ? Unit::child : Unit::session;
  return gate_.leave(unit) == Gate::Left::last ? Released::last : Released::more;
}

bool Admission::enter() {
  if (gate_.pass(Unit::entry, Pass::ordinary) == Passage::passed) return true;
  refused_.fetch_add(1, std::memory_order_relaxed);
  return false;
}

bool Admission::enter_child(tg_ticket parent) {
  if (slab_.is_live(parent, options_.service) && gate_.pass(Unit::entry, Pass::inside) == Passage::passed) return true;
  refused_.fetch_add(1, std::memory_order_relaxed);
  return false;
}

Admission::Released Admission::leave() {
  switch (gate_.leave(Unit::entry)) {
    case Gate::Left::last: return Released::last;
    case Gate::Left::none: return Released::stale;
    case Gate::Left::more: break;
  }
  return Released::more;
}

std::uint32_t Admission::refusal_of(Passage passage) const {
  return passage == Passage::full ? TG_REASON_LIMIT : shut_reason_.load(std::memory_order_relaxed);
}

void Admission::refuse(std::uint32_t reason, tg_verdict &verdict) {
  const std::uint64_t turn = refused_.fetch_add(1, std::memory_order_relaxed);
  verdict.code = TG_VERDICT_REFUSED;
  verdict.reason = reason;
  verdict.retry_after_ns = reason == TG_REASON_PARENT_GONE ? 0 : spread(options_.retry_after, turn);
  verdict.text = to_str(reason_word(reason).text);
}

bool Admission::ask(const tg_request &request, Answers &answers) const {
  answers.list = policies_.load(std::memory_order_acquire);
  if (answers.list->count == 0) return true;
  const tg_admission_query query = query_of(request.kind, request.tag, request.peer);
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
  const tg_admission_query query = query_of(request.kind, request.tag, request.peer);
  for (std::uint32_t i = 0; i < answers.list->count; ++i) {
    const Policy &policy = answers.list->policies[i];
    if ((answers.yes & policy.bit) != 0 && policy.role->cancelled != nullptr)
      policy.role->cancelled(policy.instance, &query);
  }
}

tg_admission_query Admission::query_of(std::uint32_t kind, std::uint64_t tag, const tg_address &peer) const {
  tg_admission_query query = TG_INIT(tg_admission_query);
  query.abi = TG_PLUGIN_ABI;
  query.kind = kind;
  query.tag = tag;
  query.peer = peer;
  query.service = options_.name;
  return query;
}

}  // namespace tidegate::sdk

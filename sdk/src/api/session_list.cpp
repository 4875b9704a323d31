#include <algorithm>
#include <vector>

#include "api/error.hpp"
#include "api/handles.hpp"
#include "api/visit.hpp"
#include "core/border_text.hpp"
#include "tidegate/session.h"

using namespace tidegate::sdk;
using namespace tidegate::sdk::api;

namespace {

constexpr std::uint32_t kBlockers = 100;  // for a limit of 0
constexpr std::uint32_t kMostBlockers = 10'000;

/// Returns: whether `a` comes before `b`: sessions that have acknowledged come last, and within a group the oldest comes first.
bool before(const tg_session_info &a, const tg_session_info &b) {
  const bool a_will_go = (a.flags & TG_SESSION_ACKNOWLEDGED) != 0, b_will_go = (b.flags & TG_SESSION_ACKNOWLEDGED) != 0;
  if (a_will_go != b_will_go) return b_will_go;
  if (a.age_ns != b.age_ns) return a.age_ns > b.age_ns;
  return a.ticket < b.ticket;
}

/// Returns the first `most` sessions in the order of before(). Needs memory for `most` sessions, whatever their number in the service.
std::vector<tg_session_info> blockers(const Service &service, std::size_t most) {
  std::vector<tg_session_info> first;  // a heap; on top is the session that comes last
  service.for_each_session([&](const tg_session_info &session) {
    if (first.size() == most) {
      if (!before(session, first.front())) return true;
      std::ranges::pop_heap(first, before);
      first.pop_back();
    }
    first.push_back(session);
    std::ranges::push_heap(first, before);
    return true;
  });
  std::ranges::sort_heap(first, before);
  return first;
}

}  // namespace

tg_result tg_service_sessions(tg_service *service, uint32_t limit, tg_session_fn fn, void *user) {
  return guarded([&] {
    need(fn, "tg_service_sessions: fn");
    tg_result count = 0;
    object(service, "tg_service_sessions").for_each_session([&](const tg_session_info &session) {
      visit(fn, user, &session);
      ++count;
      return limit == 0 || static_cast<std::uint32_t>(count) < limit;
    });
    return count;
  });
}

tg_result tg_service_blockers(tg_service *service, uint32_t limit, tg_session_fn fn, void *user) {
  return guarded([&] {
    need(fn, "tg_service_blockers: fn");
    const auto first =
        blockers(object(service, "tg_service_blockers"), limit == 0 ? kBlockers : std::min(limit, kMostBlockers));
    for (const tg_session_info &session : first) visit(fn, user, &session);
    return static_cast<tg_result>(first.size());
  });
}

uint64_t tg_service_describe(tg_service *service, tg_ticket ticket, uint64_t tag, char *buffer, uint64_t capacity) {
  if (service == nullptr || buffer == nullptr || from(service)->forked()) return 0;
  std::uint64_t length = 0;
  guarded([&] {
    const std::string text = object(service, "tg_service_describe").description(ticket, tag);
    length = clean(text, buffer, capacity);  // cut before a character that does not fit
  });
  return length;
}

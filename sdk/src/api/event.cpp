#include "tidegate/event_log.h"

#include "api/error.hpp"
#include "api/handles.hpp"
#include "api/structs.hpp"
#include "api/visit.hpp"
#include "loop/callback_scope.hpp"
#include "events/event_text.hpp"

using namespace tidegate::sdk;
using namespace tidegate::sdk::api;

tg_result tg_host_events(tg_host *host, uint64_t after, uint32_t limit, tg_event_fn fn, void *user) {
  tg_result count = 0;
  const tg_result result = guarded([&] {
    EventLog &log = object(host, "tg_host_events").events();
    need(fn, "tg_host_events: fn");
    const auto most = static_cast<tg_result>(limit == 0 || limit > EventLog::kKept ? EventLog::kKept : limit);
    Event event;
    for (; count < most && log.next(after, event); after = event.sequence, ++count) {
      const tg_event shown = to_abi(event);
      visit(fn, user, &shown);
    }
  });
  return result < 0 ? result : count;
}

tg_result tg_host_events_wait(tg_host *host, uint64_t after, uint64_t timeout_ns) {
  tg_result waited = TG_OK;
  const tg_result result = guarded([&] {
    const WaitScope scope(object(host, "tg_host_events_wait").shared(), timeout_ns != 0);
    waited = scope.wait_for_event(after, timeout_ns);
  });
  if (result < 0) return result;
  if (waited == TG_E_TIMEOUT) return fail(waited, "no event came in that time");
  return waited < 0 ? fail(waited, "the host is being destroyed") : waited;
}

uint64_t tg_host_events_last(tg_host *host) { return host == nullptr || from(host)->forked() ? 0 : from(host)->events().last(); }

tg_result tg_host_subscribe(tg_host *host, uint64_t after, tg_event_fn fn, void *user, tg_subscription **subscription) {
  return guarded([&] {
    need(fn, "tg_host_subscribe: fn");
    need(subscription, "tg_host_subscribe: subscription");
    Host &object = api::object(host, "tg_host_subscribe");
    *subscription = to(&object.subscribe(after, [fn, user](const Event &event) {
      const tg_event shown = to_abi(event);
      fn(user, &shown);
    }));
  });
}

tg_result tg_unsubscribe(tg_subscription *subscription) {
  if (subscription == nullptr) return TG_OK;
  return guarded([&] { object(subscription, "tg_unsubscribe").host().unsubscribe(*from(subscription)); });
}

tg_result tg_event_settles(const tg_event *event, uint32_t until) {
  if (event == nullptr || until < TG_UNTIL_DRAINED || until > TG_UNTIL_RUNNING)
    return fail(TG_E_INVALID, "tg_event_settles: event is NULL, or until is not one of TG_UNTIL_*");
  tg_event known;
  if (const tg_result result = read_event(event, known); result != TG_OK)
    return fail(result, why_not("tg_event_settles: the event", result).view());
  switch (moment_after(until, known.number)) {
    case Moment::reached: return 1;
    case Moment::ended: return fail(TG_E_ENDED, "what was waited for can no longer come");
    case Moment::ahead: break;
  }
  return 0;
}

int64_t tg_event_format(const tg_event *event, uint32_t format, char *buffer, uint64_t capacity) {
  std::int64_t length = 0;
  const tg_result result = guarded([&] {
    check_no_policy("tg_event_format");
    need(event, "tg_event_format: event");
    tg_event known;
    if (const tg_result read = read_event(event, known); read != TG_OK)
      throw Fault(read, std::string(why_not("tg_event_format: the event", read).view()));
    length = format_event(known, format, buffer, capacity);
    if (length < 0) throw Fault(TG_E_INVALID, "tg_event_format: format is TG_FORMAT_TEXT or TG_FORMAT_JSON");
  });
  return result < 0 ? result : length;
}

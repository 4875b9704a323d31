/* Reading events: the newest 4,096 events of a host stay in memory; callers read them, wait for them and subscribe to them. */
#ifndef TIDEGATE_EVENT_LOG_H
#define TIDEGATE_EVENT_LOG_H

#include "tidegate/base.h"
#include "tidegate/event.h"
#include "tidegate/vocabulary/format.h"
#include "tidegate/vocabulary/until.h"

TG_BEGIN_C

typedef struct tg_host tg_host;
typedef struct tg_subscription tg_subscription;

/** Takes one event, which is borrowed for the call with its texts. Threads: [worker]; for tg_host_events() the caller's thread. */
typedef void (*tg_event_fn)(void *user, const tg_event *event);

/**
 * Calls `fn` with each event in memory after number `after`, oldest first, with at most `limit` events (0: all), on this thread.
 * Returns: the number of events.
 * Threads: [control]
 */
TG_API tg_result tg_host_events(tg_host *host, uint64_t after, uint32_t limit, tg_event_fn fn, void *user);

/**
 * Waits for an event after number `after`.
 * Returns: TG_OK; TG_E_TIMEOUT; TG_E_CLOSING when the host is being destroyed.
 * Threads: [wait]
 * Blocks: `timeout_ns` at most; UINT64_MAX: no limit.
 */
TG_API tg_result tg_host_events_wait(tg_host *host, uint64_t after, uint64_t timeout_ns);

/** Returns the number of the newest event; 0: no event yet. Threads: [control] */
TG_API uint64_t tg_host_events_last(tg_host *host);

/**
 * Calls `fn` with every event after number `after` (UINT64_MAX: from now on), in order and each once. With TG_LOOP_STEWARD each
 * subscription has its own thread: a slow subscriber delays no other, and catches up from memory; event 25151 counts the events that
 * it missed for good. With TG_LOOP_POLL `fn` runs inside tg_host_poll().
 * Returns: TG_OK and the subscription, which tg_unsubscribe() ends.
 * Threads: [control]
 */
TG_API tg_result tg_host_subscribe(tg_host *host, uint64_t after, tg_event_fn fn, void *user, tg_subscription **subscription);

/**
 * Ends a subscription: after the return `fn` does not run and is never called again.
 * Returns: TG_OK, also for NULL; TG_E_MISUSE inside a callback, where two callbacks could wait for each other for ever.
 * Threads: [wait]
 * Blocks: until a call of `fn` in progress has returned.
 */
TG_API tg_result tg_unsubscribe(tg_subscription *subscription);

/**
 * Tells whether an event of a service ends a wait for `until` (TG_UNTIL_*). A caller that takes events and must not block uses it in
 * place of tg_service_wait().
 * Returns: 1 when the wait has succeeded; 0 when the event does not decide; TG_E_ENDED when the drain or start ended otherwise.
 * Threads: [any]
 */
TG_API tg_result tg_event_settles(const tg_event *event, uint32_t until);

/**
 * Writes an event as text or as one line of JSON, without a newline; at most `capacity` bytes are written.
 * Returns: the whole length in bytes, also when it is above `capacity`; TG_E_INVALID for an unknown format.
 * Threads: [control]
 */
TG_API int64_t tg_event_format(const tg_event *event, uint32_t format, char *buffer, uint64_t capacity);

TG_END_C

#endif /* TIDEGATE_EVENT_LOG_H */

/* The host's events: the newest 4,096 stay in memory, to be read, waited for and subscribed to. */
#ifndef TIDEGATE_EVENT_H
#define TIDEGATE_EVENT_H

#include "tidegate/base.h"
#include "tidegate/events.h"
#include "tidegate/format.h"
#include "tidegate/until.h"

TG_BEGIN_C

typedef struct tg_host tg_host;
typedef struct tg_subscription tg_subscription;

/** Takes one event. `event` and its texts are borrowed for the call. Threads: [worker] or the caller's of tg_host_events(). */
typedef void (*tg_event_fn)(void *user, const tg_event *event);

/**
 * Hands the events after number `after` that are in memory to `fn`, oldest first, `limit` at most (0: all), on this thread.
 * Returns: how many were handed over.
 * Threads: [control]
 */
TG_API tg_result tg_host_events(tg_host *host, uint64_t after, uint32_t limit, tg_event_fn fn, void *user);

/**
 * Waits until there is an event after number `after`.
 * Returns: TG_OK; TG_E_TIMEOUT; TG_E_CLOSING when the host is being destroyed.
 * Threads: [wait]
 * Blocks: `timeout_ns` at most; UINT64_MAX: no limit.
 */
TG_API tg_result tg_host_events_wait(tg_host *host, uint64_t after, uint64_t timeout_ns);

/** The number of the newest event; 0: none yet. Threads: [control] */
TG_API uint64_t tg_host_events_last(tg_host *host);

/**
 * Calls `fn` with every event after number `after` (UINT64_MAX: from now on), in order, none twice. With the steward each
 * subscription has a worker of its own: a slow one delays nobody else, and catches up from memory; what it missed for good
 * is counted in a 25151. With TG_LOOP_POLL it is called inside tg_host_poll().
 * Returns: TG_OK and the subscription, to be ended by tg_unsubscribe().
 * Threads: [control]
 */
TG_API tg_result tg_host_subscribe(tg_host *host, uint64_t after, tg_event_fn fn, void *user, tg_subscription **subscription);

/**
 * Ends a subscription: when it returns, `fn` is not running and is never called again.
 * Returns: TG_OK, also for NULL; TG_E_MISUSE from inside a callback, where two could wait for each other for ever.
 * Threads: [wait]
 * Blocks: until a call of `fn` in progress has returned.
 */
TG_API tg_result tg_unsubscribe(tg_subscription *subscription);

/**
 * What an event of a service means to somebody who waits for a moment (TG_UNTIL_*): tg_service_wait() for those that cannot
 * block and take events instead.
 * Returns: 1 it has come; 0 the event says nothing about it; TG_E_ENDED the drain or start under way ended otherwise.
 * Threads: [any]
 */
TG_API tg_result tg_event_settles(const tg_event *event, uint32_t until);

/**
 * Writes an event as text or as one line of JSON, without a line end.
 * Returns: the length in bytes, whatever `capacity` is; nothing is written past it. TG_E_INVALID for an unknown format.
 * Threads: [control]
 */
TG_API int64_t tg_event_format(const tg_event *event, uint32_t format, char *buffer, uint64_t capacity);

TG_END_C

#endif /* TIDEGATE_EVENT_H */

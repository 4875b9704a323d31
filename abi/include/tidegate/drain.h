/* Drains and holds: requesting a drain, listing the holds on a service, resuming; for one service or for several. */
#ifndef TIDEGATE_DRAIN_H
#define TIDEGATE_DRAIN_H

#include "tidegate/base.h"
#include "tidegate/vocabulary/deadline.h"
#include "tidegate/vocabulary/hold.h"
#include "tidegate/vocabulary/intent.h"

TG_BEGIN_C

typedef struct tg_host tg_host;
typedef struct tg_service tg_service;

/** No time limit. */
#define TG_FOREVER UINT64_MAX

/** Switches an option off where 0 stands for the default. */
#define TG_OFF UINT64_MAX

/* Flags of a drain. */
#define TG_DRAIN_REPLACE 1u   /**< take the place of the drain in progress, also of a stricter one */
#define TG_DRAIN_ANNOUNCE 2u  /**< first say that the service is not ready, and admit until arrivals stop */
#define TG_DRAIN_AFFINITY 4u  /**< admit AFFINITY sessions whose key is live, until the deadline */
#define TG_DRAIN_EMERGENCY 8u /**< admit the class EMERGENCY until the last session has left, or the deadline closes all */

/**
 * The actor that requests a change and the reason for it; the events of the change name both. A NULL pointer to this struct means
 * that the actor is not known.
 * An actor names one party, and two actors never become one. A request fails with TG_E_INVALID and changes nothing when its actor
 * 1. is longer than 63 bytes,
 * 2. is not UTF-8, or
 * 3. contains control, invisible or direction characters, begins or ends with a blank, or contains a blank other than U+0020.
 * A reason longer than 127 bytes is TG_E_INVALID too; other characters of a reason that are not plain text are replaced.
 * A server that forwards requests of other processes fills peer_uid and peer_pid with the credentials that the kernel reports
 * (SO_PEERCRED); the events show them beside the actor's own name.
 */
typedef struct tg_action {
  uint32_t struct_size;
  uint32_t abi;
  tg_str actor;      /**< at most 63 bytes */
  tg_str reason;     /**< at most 127 bytes */
  uint32_t peer_uid; /**< the user of that process; goes with peer_pid */
  uint32_t peer_pid; /**< the process that asked; 0: this one */
} tg_action;

/** Options of a drain. Zero selects the default of the service, or else the default given here. A NULL pointer means all zero. */
typedef struct tg_drain_options {
  uint32_t struct_size;
  uint32_t abi;
  uint32_t intent;              /**< TG_INTENT_* */
  uint32_t at_deadline;         /**< TG_DEADLINE_*; goes with a deadline */
  uint64_t deadline_ns;         /**< from the request on, announcement included; 0: no deadline; TG_OFF: no deadline even if the service has a default */
  uint64_t kill_grace_ns;       /**< FORCE: time after the deadline in which sessions must end before the service is Failed; 0: 5 s */
  tg_str actor;                 /**< the requesting actor, which also owns the hold; as in tg_action */
  tg_str reason;                /**< as in tg_action */
  uint32_t flags;               /**< TG_DRAIN_* */
  uint32_t hold;                /**< TG_HOLD_*: how long the hold lasts; with the intents STOP and RESTART no hold survives a restart */
  int64_t hold_until_unix_ns;   /**< UNTIL_TIME: expiry of the hold in ns since 1970 by the wall clock, also after the clock is set (within a
                                     second); else 0 */
  uint64_t announce_min_ns;     /**< ANNOUNCE: shortest announcement; 0: no minimum */
  uint64_t announce_max_ns;     /**< ANNOUNCE: longest announcement, shorter than the deadline; 0: 15 s; limited to half of the time until a
                                     deadline that ends sessions */
  uint64_t quiet_ns;            /**< ANNOUNCE: the announcement ends after this time without a NEW session; 0: 2 s */
  uint64_t notice_window_ns;    /**< time over which the notices to the sessions are spread; 0: a quarter of the deadline, at most 30 s;
                                     TG_OFF: no notices. Every session is noticed before half of the time until a deadline
                                     that ends sessions is over, and noticed again when that deadline becomes sooner */
  tg_str redirect;              /**< target for refused sessions until the service opens; empty: the target of the drain in progress, else
                                     the service's own; with REPLACE the service's own */
  uint32_t peer_uid;            /**< as in tg_action */
  uint32_t peer_pid;
} tg_drain_options;

/** Options of a resume. A NULL pointer means that the actor is not known. */
typedef struct tg_resume_options {
  uint32_t struct_size;
  uint32_t abi;
  tg_str actor;       /**< the owner of the hold to lift; as in tg_action */
  tg_str reason;      /**< as in tg_action */
  uint32_t all_holds; /**< 1: lifts the holds of all actors; event 25168 records it */
  uint32_t no_ramp;   /**< 1: the service admits up to its whole limit at once, without a ramp; ends a ramp in progress */
  uint32_t peer_uid;  /**< as in tg_action */
  uint32_t peer_pid;
} tg_resume_options;

/** A hold: one actor's request that a service stay paused. */
typedef struct tg_hold_info {
  uint32_t struct_size;
  uint32_t abi;
  tg_str actor;             /**< borrowed for the call */
  tg_str reason;            /**< borrowed for the call */
  int64_t since_unix_ns;
  int64_t expires_unix_ns;  /**< UNTIL_TIME; else 0 */
  uint32_t lasts;           /**< TG_HOLD_* */
  uint32_t reserved0;
} tg_hold_info;

/** A selection of a host's services. A NULL pointer, or no names, selects all services. */
typedef struct tg_selection {
  uint32_t struct_size;
  uint32_t abi;
  const tg_str *names;
  uint64_t count;
  const tg_str *except; /**< services that are left out; each must be the name of a service */
  uint64_t except_count;
} tg_selection;

/**
 * Drains the service: new sessions are refused from now on, and sessions in progress run on. Event 25049 says that the drain has
 * started, and 25050 that the last session has left; when no session is inside and nothing is announced, both come before this call
 * returns. Then the service stays Paused, stops or restarts, as the intent says (25130, 25003). The actor holds the service until
 * it resumes, or as `hold` says.
 *
 * With TG_DRAIN_ANNOUNCE the service first becomes not ready and still admits (25110). The announcement ends when no NEW session has
 * come for quiet_ns (25111), at its maximum (25112), or when half of the time until a deadline that ends sessions is over. A drain
 * without TG_DRAIN_ANNOUNCE refuses from now on, also when it joins a drain that announces.
 *
 * A drain may be in progress already:
 * 1. The same drain again is the same operation, and no clock is reset.
 * 2. A stricter drain joins the one in progress (25164).
 * 3. A laxer drain is refused with TG_E_CONFLICT.
 * 4. A drain with TG_DRAIN_REPLACE takes the place of the one in progress (25163); its deadline counts from now.
 * 5. A drain without a deadline keeps the deadline in progress.
 * 6. A joining drain takes away TG_DRAIN_AFFINITY and TG_DRAIN_EMERGENCY unless it has them too, ends an announcement at the earlier
 *    maximum, and shortens the notice window if it gives a shorter one.
 * 7. The result is TG_JOINED when the drain in progress keeps an option that differs from the request: the deadline of another actor,
 *    another kill grace for the same deadline, or no TG_DRAIN_AFFINITY or TG_DRAIN_EMERGENCY.
 *
 * A drain is stricter in these ways:
 * 1. The intent STOP is stricter than RESTART, and RESTART stricter than STAY. When the intent becomes STOP or RESTART, a deadline of
 *    RESUME in progress becomes WAIT, so that it does not resume the service.
 * 2. A deadline of FORCE or STOP is stricter than a later one, and than none. It then counts instead of the deadline in progress, also
 *    of an earlier WAIT or RESUME, and also when its drain has a laxer intent; the intent in progress stays.
 * 3. A deadline of WAIT or RESUME is stricter than none and than a later one of the same kind. Only the actor that set a deadline of
 *    RESUME can make it sooner.
 *
 * Holds: another actor's drain adds a hold. An actor's second drain does not shorten the actor's hold unless it replaces:
 * UNTIL_RESUME lasts longer than UNTIL_TIME, a later time longer than an earlier time, and any time longer than UNTIL_RESTART. So an
 * actor that pauses and then stops a service finds it paused after the next start, and the end of a timed hold does not call off a
 * stop. A stop goes on without a hold when there is no room for one. The deadline RESUME calls off what its own actor requested: the
 * service stays paused under another actor's hold or drain.
 *
 * Returns: TG_OK; TG_JOINED; TG_NOT_DURABLE; TG_E_STATE; TG_E_CLOSING once the host was told to end, except for a stop that replaces
 *   nothing; TG_E_CONFLICT when a stricter drain is in progress; TG_E_TOO_LATE when the service is stopping; TG_E_BUSY when the
 *   intent is STOP and a service that needs this one runs; TG_E_LIMIT with 8 holds; TG_E_INVALID; TG_E_SYSTEM, with nothing changed,
 *   when the process may call neither membarrier(2) nor sched_setaffinity(2) any more: shutting a gate needs one of the two.
 * Threads: [control]; with a state directory it waits for the disk.
 */
TG_API tg_result tg_service_drain(tg_service *service, const tg_drain_options *options);

/**
 * Stops the service now: sessions that are left are told to close, and 25125 and 25003 count them. Event 25050 comes only when no
 * session was left.
 * Returns: TG_OK when the service is stopping or Stopped; TG_NOT_DURABLE; TG_E_STATE; TG_E_BUSY when a service that needs it runs.
 * Threads: [control]
 * See: tg_service_drain() with TG_INTENT_STOP for a graceful stop.
 */
TG_API tg_result tg_service_stop(tg_service *service, const tg_action *action);

/**
 * Lifts the actor's hold, and the hold of the unknown actor. When no hold is left, the service opens, whatever the intent of its
 * drain was, unless it has begun to stop. Events: 25167; 25140; and 25141 when the service admits up to its whole limit, at once or
 * at the end of the ramp. If the last session has left, 25050 comes before 25140.
 * Returns: TG_OK when the service is resuming or Running; TG_HELD when this hold is lifted and holds of other actors are left;
 *   TG_NOT_DURABLE; TG_E_HELD, with nothing changed, when only other actors hold the service; TG_E_TOO_LATE when the service is
 *   stopping; TG_E_STATE.
 * Threads: [control]; with a state directory it waits for the disk.
 */
TG_API tg_result tg_service_resume(tg_service *service, const tg_resume_options *options);

/** Calls `fn` with each hold on the service, oldest first, on this thread. Returns: the number of holds. Threads: [control] */
TG_API tg_result tg_service_holds(tg_service *service, void (*fn)(void *user, const tg_hold_info *hold), void *user);

/**
 * Drains several services: every selected service is shut before this call waits for any of them; services that need others come
 * first. Stopped services are left alone, and so are services that failed to start, unless the intent is STOP, which makes them
 * Stopped. A service stops when all services that need it have stopped.
 * Returns: as tg_service_drain(), for the first service that cannot be drained; TG_E_NOT_FOUND for a name without a service. On an
 *   error nothing has changed.
 * Threads: [control]; with a state directory it waits for the disk.
 */
TG_API tg_result tg_host_drain(tg_host *host, const tg_selection *selection, const tg_drain_options *options);

/**
 * Resumes several services; needed services come first. Running, starting and stopped services are left alone.
 * Returns: as tg_service_resume(), for the first service that cannot be resumed, with nothing changed; TG_HELD when other actors still
 *   hold one of the services.
 * Threads: [control]; with a state directory it waits for the disk.
 */
TG_API tg_result tg_host_resume(tg_host *host, const tg_selection *selection, const tg_resume_options *options);

/**
 * Starts several services; the start of a service begins when the services that it needs have started.
 * Returns: as tg_service_start(); on an error nothing has changed. Threads: [control]
 */
TG_API tg_result tg_host_start(tg_host *host, const tg_selection *selection, const tg_action *action);

/**
 * Tells the host to end. A server calls this function when the server itself was told to end (SIGTERM), but not inside the signal
 * handler. From the first call on, termination is a state of the host that no request takes back:
 * 1. No service is started or resumed, and no drain is called off: such a request is TG_E_CLOSING. Neither an expired hold nor a
 *    deadline opens a service.
 * 2. A running service is drained to stop, without a hold. The deadline is FORCE after 20 s unless `options` gives another one; the kill
 *    grace is 5 s unless `options` or the service's defaults say otherwise. The drain joins a drain in progress, whose deadline stays if
 *    it ends sessions sooner.
 * 3. A starting service is stopped as soon as its start callback has returned, and delays no other service.
 * 4. The second call tells all remaining sessions to close at once, and the third call stops without waiting. Each call reaches all
 *    services.
 * Each call is an event 25160; 25161 says that every service has stopped, or has failed with sessions that did not end.
 * Returns: TG_OK; TG_E_CLOSING while the host is being destroyed; TG_E_SYSTEM when a gate cannot be shut, after all other services
 *   were told (not the third call, which shuts it without an exact count); TG_E_TOO_NEW or TG_E_INVALID with nothing changed;
 *   the deadline RESUME is TG_E_INVALID.
 * Threads: [control]; it does not wait for the disk.
 * See: tg_host_wait().
 */
TG_API tg_result tg_host_terminate(tg_host *host, const tg_drain_options *options);

/**
 * Waits for the end of the host: the host was told to end, and every service has stopped or has failed (25161). The main thread of a server can
 * wait here as long as the server runs. A host that was never told to end does not end.
 * Returns: TG_OK; TG_E_TIMEOUT; TG_E_CLOSING when the host is destroyed first; TG_E_MISUSE inside a callback or on the server's loop.
 * Threads: [wait]
 * Blocks: for `timeout_ns` at the most, with TG_FOREVER without a limit; with 0 it returns at once and is allowed on any thread.
 */
TG_API tg_result tg_host_wait(tg_host *host, uint64_t timeout_ns);

TG_END_C

#endif /* TIDEGATE_DRAIN_H */

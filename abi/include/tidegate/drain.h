/* A drain: how it is asked for, who holds the service, and how it is called off; for one service or for several. */
#ifndef TIDEGATE_DRAIN_H
#define TIDEGATE_DRAIN_H

#include "tidegate/base.h"
#include "tidegate/deadline.h"
#include "tidegate/hold.h"
#include "tidegate/intent.h"

TG_BEGIN_C

typedef struct tg_host tg_host;
typedef struct tg_service tg_service;

/** No time limit. */
#define TG_FOREVER UINT64_MAX

/** None of this, where 0 means the usual. */
#define TG_OFF UINT64_MAX

/* Flags of a drain. */
#define TG_DRAIN_REPLACE 1u   /**< take the place of the drain in progress, also of a stricter one */
#define TG_DRAIN_ANNOUNCE 2u  /**< first say that the service is not ready, and admit until arrivals stop */
#define TG_DRAIN_AFFINITY 4u  /**< admit AFFINITY sessions whose key is live, until the deadline */
#define TG_DRAIN_EMERGENCY 8u /**< admit the class EMERGENCY until the last session has left, or the deadline closes all */

/**
 * Who asks for a change, and why: both end up in the events. NULL in its place: nobody said.
 * An actor names one party, so two actors never become one: an actor longer than 63 bytes, one that is not UTF-8, and one with
 * control, invisible or direction characters are TG_E_INVALID, and nothing is changed. A reason longer than 127 bytes is
 * TG_E_INVALID too; characters of it that are not plain are replaced.
 * A server that takes requests of other processes for the library says in peer_uid and peer_pid whose they were, as the kernel
 * knows it (SO_PEERCRED): beside what the actor calls itself, they end up in the events.
 */
typedef struct tg_action {
  uint32_t struct_size;
  uint32_t abi;
  tg_str actor;      /**< at most 63 bytes */
  tg_str reason;     /**< at most 127 bytes */
  uint32_t peer_uid; /**< the user of that process; goes with peer_pid */
  uint32_t peer_pid; /**< the process that asked; 0: this one */
} tg_action;

/** How to drain. Zero means what the service's own defaults say, else what is said here. NULL in its place: all zero. */
typedef struct tg_drain_options {
  uint32_t struct_size;
  uint32_t abi;
  uint32_t intent;              /**< TG_INTENT_* */
  uint32_t at_deadline;         /**< TG_DEADLINE_*; goes with a deadline */
  uint64_t deadline_ns;         /**< from now on, announcement included; 0: no deadline; TG_OFF: none, whatever the defaults say */
  uint64_t kill_grace_ns;       /**< FORCE: after the deadline, the time sessions have to go before the service is Failed; 0: 5 s */
  tg_str actor;                 /**< who asks, and whose hold it is; as in tg_action */
  tg_str reason;                /**< why; as in tg_action */
  uint32_t flags;               /**< TG_DRAIN_* */
  uint32_t hold;                /**< TG_HOLD_*: how long the service is held; intents STOP and RESTART: never after a restart */
  int64_t hold_until_unix_ns;   /**< UNTIL_TIME: when the hold expires, ns since 1970 by the wall clock, which it follows within a second
                                     when that is set; else 0 */
  uint64_t announce_min_ns;     /**< ANNOUNCE: not shorter than so long; 0: no minimum */
  uint64_t announce_max_ns;     /**< ANNOUNCE: not longer, and less than the deadline; 0: 15 s; at most half of the time until a deadline
                                     that ends sessions */
  uint64_t quiet_ns;            /**< ANNOUNCE: ends when no NEW session came for so long; 0: 2 s */
  uint64_t notice_window_ns;    /**< sessions are asked to go one after another over so long; 0: a quarter of the deadline, at
                                     most 30 s; TG_OFF: they are not asked. All are asked before half of the time until a
                                     deadline that ends them has gone, and told again when that becomes sooner */
  tg_str redirect;              /**< where the refused are sent until it opens again; empty: as the drain in progress says, else the
                                     service's own; with REPLACE the service's own */
  uint32_t peer_uid;            /**< as in tg_action */
  uint32_t peer_pid;
} tg_drain_options;

/** How to resume. NULL in its place: nobody said who. */
typedef struct tg_resume_options {
  uint32_t struct_size;
  uint32_t abi;
  tg_str actor;       /**< whose hold is lifted; as in tg_action */
  tg_str reason;      /**< as in tg_action */
  uint32_t all_holds; /**< 1: everybody's hold is lifted, which 25168 records */
  uint32_t no_ramp;   /**< 1: the service admits up to its whole limit at once, and not up to one that grows */
  uint32_t peer_uid;  /**< as in tg_action */
  uint32_t peer_pid;
} tg_resume_options;

/** One party's wish that a service stay paused. */
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

/** Some services of a host. NULL in its place, or no names: all of them. */
typedef struct tg_selection {
  uint32_t struct_size;
  uint32_t abi;
  const tg_str *names;
  uint64_t count;
  const tg_str *except; /**< not these; each must be the name of a service */
  uint64_t except_count;
} tg_selection;

/**
 * Drains: from now on new sessions are refused, those in progress run on. Events 25049, and 25050 when the last has left,
 * both before it returns when there is none and nothing is announced. Then the service stays Paused, stops or restarts, as
 * the intent says (25130, 25003). Its actor holds the service until it resumes, or as `hold` says.
 * With TG_DRAIN_ANNOUNCE it is first not ready but still admits (25110), until no NEW session came for a while (25111) or the
 * time for it is over (25112).
 * The same drain again is the same operation: no clock is reset. A stricter one joins it (25164), a laxer one is refused, and
 * with TG_DRAIN_REPLACE what it says takes the place of all that (25163), its deadline counted from now. Stricter is:
 * - stop over restart over stay. What is to stop is not resumed by another's deadline: RESUME is then WAIT;
 * - a deadline of FORCE or STOP that comes sooner than another such, or where there is none: it counts instead, also of a
 *   WAIT or RESUME that would have come before it, and also with a laxer intent, which then stays as it was;
 * - a sooner WAIT or RESUME where there is no deadline yet, or one for the same; RESUME only by the actor whose it is.
 * A drain without a deadline leaves that of the one in progress as it is, and is TG_JOINED when another actor asked for that
 * deadline. A drain without TG_DRAIN_ANNOUNCE refuses from now on, also when it joins one that announces. An announcement, however
 * long, is over when half of the time has gone until a deadline that ends sessions. Another actor's drain adds its hold. An actor's
 * own second drain does not shorten its hold, unless it replaces: UNTIL_RESUME lasts longer than any UNTIL_TIME, a later time
 * longer than an earlier one, and that longer than UNTIL_RESTART; so an actor that pauses, then stops, finds it paused after a
 * start, and the end of its timed hold does not call its stop off. A stop for whose hold there is no room goes on without one.
 * RESUME calls off what its own actor has asked for: with another's hold, or another's drain without one, it stays paused.
 * Returns: TG_OK; TG_JOINED; TG_NOT_DURABLE; TG_E_STATE; TG_E_CLOSING once the host was told to end, unless it is a stop that
 *   replaces nothing; TG_E_CONFLICT when a stricter drain is in progress; TG_E_TOO_LATE when the
 *   service is stopping; TG_E_BUSY when it is to stop and a service that needs it runs; TG_E_LIMIT with 8 holds; TG_E_INVALID;
 *   TG_E_SYSTEM when the process may not call membarrier(2) any more, without which a gate cannot be shut: nothing is changed.
 * Threads: [control]; with a state directory it waits for the disk.
 */
TG_API tg_result tg_service_drain(tg_service *service, const tg_drain_options *options);

/**
 * Stops now, without waiting: what is left is told to close and counted in 25125 and 25003; no 25050 unless none was.
 * Returns: TG_OK when under way or Stopped already; TG_NOT_DURABLE; TG_E_STATE; TG_E_BUSY when a service that needs it runs.
 * Threads: [control]
 * See: tg_service_drain() with TG_INTENT_STOP for a graceful stop.
 */
TG_API tg_result tg_service_stop(tg_service *service, const tg_action *action);

/**
 * Lifts the actor's hold, and one that was placed by nobody in particular. When no hold is left the service opens, whatever it was drained for, until it begins to stop.
 * Events 25167, 25140, and 25141 when it is ramped up; 25050 comes before them if the last session had left.
 * Returns: TG_OK when under way or Running already; TG_HELD when the actor's hold is lifted and others' are left;
 *   TG_NOT_DURABLE; TG_E_HELD with nothing changed when only others hold it; TG_E_TOO_LATE when it is stopping; TG_E_STATE.
 * Threads: [control]; with a state directory it waits for the disk.
 */
TG_API tg_result tg_service_resume(tg_service *service, const tg_resume_options *options);

/** Calls `fn` with each hold on the service, oldest first, on this thread. Returns: how many. Threads: [control] */
TG_API tg_result tg_service_holds(tg_service *service, void (*fn)(void *user, const tg_hold_info *hold), void *user);

/**
 * Drains several services: all that were chosen are shut before any of them is waited for, those that need others first. Ones
 * that are stopped are passed over, and so are ones that failed to start, unless the intent is STOP: then they are Stopped.
 * Stopping goes by need: a service stops when all that need it have stopped.
 * Returns: as tg_service_drain(), for the first that cannot be; TG_E_NOT_FOUND for a name that no service has. Then nothing has
 *   been changed.
 * Threads: [control]; with a state directory it waits for the disk.
 */
TG_API tg_result tg_host_drain(tg_host *host, const tg_selection *selection, const tg_drain_options *options);

/**
 * Resumes several services, those that are needed first. Ones that run, are starting or are stopped are passed over.
 * Returns: as tg_service_resume() for the first that cannot be, with nothing changed; TG_HELD when one is held by others still.
 * Threads: [control]; with a state directory it waits for the disk.
 */
TG_API tg_result tg_host_resume(tg_host *host, const tg_selection *selection, const tg_resume_options *options);

/**
 * Starts several services, those that are needed first: each one's start begins when what it needs has started.
 * Returns: as tg_service_start(), with nothing changed when it fails. Threads: [control]
 */
TG_API tg_result tg_host_start(tg_host *host, const tg_selection *selection, const tg_action *action);

/**
 * Tells the host to end. A server calls it when it was told to end itself (SIGTERM), not from inside the signal handler. From the
 * first call on, termination is a state of the host that nothing takes back:
 * 1. No service is started or resumed, and no drain is put off: such a request is TG_E_CLOSING. No hold that expires and no deadline
 *    opens a service.
 * 2. A service that runs is drained to stop, without a hold, with FORCE after 20 s and a kill grace of 5 s unless `options` or the
 *    service say otherwise. The drain joins one in progress; a deadline that ends sessions sooner stays.
 * 3. A service that is starting is stopped as soon as its start has returned; it delays no other service.
 * 4. The second call tells the sessions that are left to close at once; the third waits for nothing. Each call reaches all services.
 * Events 25160 with each call, and 25161 when no service is left that runs or stops.
 * Returns: TG_OK; TG_E_CLOSING while the host is being destroyed; TG_E_SYSTEM when a gate cannot be shut: all other services have
 *   been asked; TG_E_TOO_NEW or TG_E_INVALID with nothing changed.
 * Threads: [control]; it does not wait for the disk.
 * See: tg_host_wait().
 */
TG_API tg_result tg_host_terminate(tg_host *host, const tg_drain_options *options);

/**
 * Waits for the end of the host: it was told to end, and no service is left that runs, starts or stops (25161). A server's main
 * thread may spend its life here. A host that nobody tells to end does not end.
 * Returns: TG_OK; TG_E_TIMEOUT; TG_E_CLOSING when the host is destroyed first; TG_E_MISUSE from inside a callback or the server's
 *   loop.
 * Threads: [wait]
 * Blocks: `timeout_ns` at most, TG_FOREVER: no limit; with 0 it only looks, and may be called anywhere.
 */
TG_API tg_result tg_host_wait(tg_host *host, uint64_t timeout_ns);

TG_END_C

#endif /* TIDEGATE_DRAIN_H */

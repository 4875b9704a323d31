/* A service: a named part of a server that admits sessions and has a status. */
#ifndef TIDEGATE_SERVICE_H
#define TIDEGATE_SERVICE_H

#include "tidegate/admission.h"
#include "tidegate/base.h"
#include "tidegate/drain.h"
#include "tidegate/vocabulary/phase.h"
#include "tidegate/session.h"
#include "tidegate/vocabulary/status.h"
#include "tidegate/vocabulary/until.h"

TG_BEGIN_C

typedef struct tg_host tg_host;
typedef struct tg_service tg_service;

typedef struct tg_service_options {
  uint32_t struct_size;
  uint32_t abi;
  tg_str name;             /**< 1 to 63 characters of A-Z a-z 0-9 . _ -, unique in the host */
  tg_str activity;         /**< the name of its sessions for people, such as "Concurrent Calls"; empty: "Sessions"; at most 63 bytes */
  uint64_t max_sessions;   /**< limit of sessions without children; 0: no limit */
  uint64_t retry_after_ns; /**< hint in refusals; 0: 30 s */
  void *user;              /**< argument of the callbacks below. The callbacks of one service never overlap. With TG_LOOP_STEWARD they
                              run on a thread that no other service waits for, and event 25127 names a call that has not returned
                              after 5 s. With TG_LOOP_POLL they run inside tg_host_poll(). */

  /** Starts the resources of the service; a negative result makes the service Failed. NULL: nothing to start. Threads: [worker] */
  tg_result (*start)(void *user);

  /** Stops the resources of the service; sessions may be left after a stop that did not wait. NULL: nothing to stop.
   *  Threads: [worker] */
  void (*stop)(void *user);

  /** Ends a session soon, as the drain's deadline is over or the service stops now; the server still releases the ticket. The host may
   *  call it more than once for a session, and for a session that has just ended. NULL: the server cannot end sessions.
   *  Threads: [worker] */
  void (*close)(void *user, tg_ticket ticket, uint64_t tag);

  /** Writes a text that identifies the session for people, without a zero at its end. Returns: its length, at most `capacity`.
   *  NULL: lists show the tag. The callback runs on a thread of its own, one call at a time. While a call takes longer than 0.25 s,
   *  lists show no texts (25127). The library replaces characters that are not plain UTF-8 text. Threads: [worker] */
  uint64_t (*describe)(void *user, tg_ticket ticket, uint64_t tag, char *buffer, uint64_t capacity);

  /** Asks a session to leave, as a drain is in progress. `left_ns`: time until the deadline; TG_FOREVER without a deadline; 0 when the
   *  session is told to close right after. The session may go on; tg_session_acknowledge() reports that it will leave. NULL: sessions
   *  get no notices. Threads: [worker] */
  void (*notice)(void *user, tg_ticket ticket, uint64_t tag, uint64_t left_ns);

  tg_str redirect;                /**< target for refused sessions, as the protocol writes it; empty: none; at most 255 bytes */
  uint64_t stalled_after_ns;      /**< event 25120 reports a drain as stalled after this time without a departure; 0: 60 s; TG_OFF: never */
  uint64_t ramp_ns;               /**< with max_sessions: duration of the ramp, in which the limit grows to max_sessions after a resume
                                       or a second start; 0: 30 s; TG_OFF: no ramp */
  uint32_t ramp_from_percent;     /**< limit at the beginning of a ramp, in percent of max_sessions, 1 to 100; 0: 10 */
  uint32_t retry_jitter_percent;  /**< jitter of retry_after_ns in refusals, in percent, up to 100; 0: 20 */
  uint32_t start_paused;          /**< 1: after a start the service stays Paused until an actor resumes it */
  uint32_t fail_closed;           /**< 1: while a policy is taken out for its faults, the sessions that it would decide are refused, except
                                       CHILD; 0: they are admitted without that policy */
  const tg_drain_options *drain;  /**< default options of a drain of this service; copied; NULL: the defaults of tg_drain_options. The
                                       members intent, actor, reason and hold are not used */
} tg_service_options;

/** A service at one moment. */
typedef struct tg_service_info {
  uint32_t struct_size;
  uint32_t abi;
  uint32_t status;               /**< TG_STATUS_* */
  uint32_t phase;                /**< TG_PHASE_* */
  uint32_t intent;               /**< TG_INTENT_*, while a drain is in progress */
  uint32_t ready;                /**< 1: as tg_service_ready() */
  uint64_t epoch;                /**< number of the last drain; 0: none yet */
  uint64_t sessions;             /**< live sessions without children; people see them as the activity */
  uint64_t children;             /**< live CHILD sessions */
  uint64_t entries;              /**< live entries */
  uint64_t at_drain;             /**< sessions, children and entries when the last drain started */
  uint64_t admitted;             /**< sessions and children admitted so far */
  uint64_t refused;              /**< admissions refused so far */
  uint64_t max_sessions;         /**< 0: none */
  uint64_t deadline_left_ns;     /**< until the deadline; 0: over; TG_FOREVER: none */
  uint64_t status_since_ns;      /**< time since the status last changed */
  tg_str name;                   /**< stays as long as the host */
  tg_str activity;               /**< stays as long as the host */
  uint32_t holds;                /**< number of holds */
  uint32_t at_deadline;          /**< TG_DEADLINE_*, of the drain in progress */
  uint64_t limit;                /**< present limit of sessions: max_sessions, or less during a ramp; 0: none */
  uint64_t told;                 /**< sessions that got a notice in this drain */
  uint64_t checkpoint;           /**< grows with each session and entry that leaves, so that an observer sees the progress of a drain */
  uint64_t wait_hint_ns;         /**< longest time until the end of the drain in progress; TG_FOREVER: not known */
} tg_service_info;

/**
 * Adds a service to the host. A new service is Stopped.
 * Returns: TG_OK; TG_E_INVALID; TG_E_EXISTS; TG_E_LIMIT; TG_E_TOO_NEW.
 * Threads: [control]
 * Owns: the host; the pointer is valid until tg_host_destroy().
 */
TG_API tg_result tg_service_create(tg_host *host, const tg_service_options *options, tg_service **service);

/**
 * Starts a service that is Stopped, or Failed with no session left. Events: 25100, then 25101 or 25102; 25103 while the service waits
 * for a service that it needs; 25169 or 25170 when the service is held and stays Paused.
 * Returns: TG_OK when the service is starting or Running; TG_E_STATE, also when a service that it needs is stopped; TG_E_BUSY while
 *   sessions of a failed drain are left.
 * Threads: [control]
 */
TG_API tg_result tg_service_start(tg_service *service, const tg_action *action);

/**
 * Waits until the service is running, drained or stopped (TG_UNTIL_*). A moment of the last drain counts also when it is over. A wait
 * for the drain or the stop of a Running service lasts until a request for it comes.
 * Returns: TG_OK; TG_E_TIMEOUT; TG_E_ENDED when the drain in progress ended otherwise (resumed, failed, stopped with sessions
 *   left), when the start failed, or for DRAINED when the service is stopped; TG_E_CLOSING; TG_E_MISUSE inside a callback or on the
 *   server's loop.
 * Threads: [wait]
 * Blocks: for `timeout_ns` at the most, with TG_FOREVER without a limit; with 0 it returns at once and is allowed on any thread.
 */
TG_API tg_result tg_service_wait(tg_service *service, uint32_t until, uint64_t timeout_ns);

/** Writes the state of the service into `info`, as far as info->struct_size reaches. Returns: TG_OK; TG_E_INVALID. Threads: [control] */
TG_API tg_result tg_service_info_get(tg_service *service, tg_service_info *info);

/**
 * Tells a health probe whether the service is ready for new sessions. A service is not ready from the announcement of a drain until its
 * gate is open again. Returns: 1 or 0. Threads: [any]
 */
TG_API int32_t tg_service_ready(tg_service *service);

/**
 * Declares that `service` needs `needed`: `service` starts after `needed` and stops before it.
 * Returns: TG_OK; TG_E_STATE when `service` is not Stopped; TG_E_INVALID when `needed` needs `service` already, or belongs to another
 *   host. On an error nothing has changed.
 * Threads: [control]
 */
TG_API tg_result tg_service_needs(tg_service *service, tg_service *needed);

TG_END_C

#endif /* TIDEGATE_SERVICE_H */

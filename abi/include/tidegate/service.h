/* A service: a named thing that admits sessions and has a status, and what an operator does with it. */
#ifndef TIDEGATE_SERVICE_H
#define TIDEGATE_SERVICE_H

#include "tidegate/admission.h"
#include "tidegate/base.h"
#include "tidegate/intent.h"
#include "tidegate/phase.h"
#include "tidegate/status.h"
#include "tidegate/until.h"

TG_BEGIN_C

typedef struct tg_host tg_host;
typedef struct tg_service tg_service;

/** No time limit. */
#define TG_FOREVER UINT64_MAX

typedef struct tg_service_options {
  uint32_t struct_size;
  uint32_t abi;
  tg_str name;             /**< 1 to 63 of A-Z a-z 0-9 . _ -, one in the host */
  tg_str activity;         /**< what its sessions are called, such as "Concurrent Calls"; empty: "Sessions"; 63 bytes */
  uint64_t max_sessions;   /**< sessions that are not children; 0: no maximum of its own */
  uint64_t retry_after_ns; /**< hint to the refused, spread by ± 20 %; 0: 30 s */
  void *user;              /**< handed to the callbacks below */

  /** Start what the service needs; a negative result makes it Failed. NULL: nothing to start. Threads: [worker] */
  tg_result (*start)(void *user);

  /** Stop it; sessions may be left when a stop did not wait. NULL: nothing to stop. Threads: [worker] */
  void (*stop)(void *user);

  /** The deadline is over or the service is stopped now: end this session, soon; the release is still the host's. It may be
   *  called more than once for a session, and for one that has just ended. NULL: the host ends none. Threads: [worker] */
  void (*close)(void *user, tg_ticket ticket, uint64_t tag);

  /** Write a text that tells people which session this is, without a zero at its end. Returns: its length, at most `capacity`.
   *  NULL: people see the tag. Threads: [control]; that of whoever asked, not only the loop's. */
  uint64_t (*describe)(void *user, tg_ticket ticket, uint64_t tag, char *buffer, uint64_t capacity);
} tg_service_options;

/** Who asks for a change, and why: both end up in the events. NULL in its place: nobody said. */
typedef struct tg_action {
  uint32_t struct_size;
  uint32_t abi;
  tg_str actor;  /**< 63 bytes at most are kept */
  tg_str reason; /**< 127 bytes at most are kept */
} tg_action;

/** How to drain. NULL in its place: stay paused afterwards, no deadline. */
typedef struct tg_drain_options {
  uint32_t struct_size;
  uint32_t abi;
  uint32_t intent;        /**< TG_INTENT_* */
  uint32_t reserved0;     /**< 0 */
  uint64_t deadline_ns;   /**< from now on; then the sessions left are told to close; 0: no deadline, wait for them */
  uint64_t kill_grace_ns; /**< after the deadline, the time sessions have to go before the service is Failed; 0: 5 s */
  tg_str actor;           /**< who asks; 63 bytes at most are kept */
  tg_str reason;          /**< why; 127 bytes at most are kept */
} tg_drain_options;

/** A service at one moment. */
typedef struct tg_service_info {
  uint32_t struct_size;
  uint32_t abi;
  uint32_t status;               /**< TG_STATUS_* */
  uint32_t phase;                /**< TG_PHASE_* */
  uint32_t intent;               /**< TG_INTENT_*, while a drain is in progress */
  uint32_t reserved0;
  uint64_t epoch;                /**< number of the last drain; 0: none yet */
  uint64_t sessions;             /**< live, children not counted: the activity */
  uint64_t children;             /**< live CHILD sessions */
  uint64_t entries;              /**< short work inside */
  uint64_t at_drain;             /**< sessions, children and entries when the last drain started */
  uint64_t admitted;             /**< sessions and children admitted so far */
  uint64_t refused;              /**< admissions refused so far */
  uint64_t max_sessions;         /**< 0: none */
  uint64_t deadline_left_ns;     /**< until the deadline; 0: over; TG_FOREVER: none */
  uint64_t status_since_ns;      /**< how long the status has been what it is */
  tg_str name;                   /**< stays as long as the host */
  tg_str activity;               /**< stays as long as the host */
} tg_service_info;

/** A live session at one moment. */
typedef struct tg_session_info {
  uint32_t struct_size;
  uint32_t abi;
  tg_ticket ticket;
  uint64_t tag;
  uint64_t age_ns;
  uint32_t kind;      /**< TG_KIND_* */
  uint32_t reserved0;
  tg_address peer;
} tg_session_info;

/**
 * Adds a service to the host; it is Stopped.
 * Returns: TG_OK; TG_E_INVALID; TG_E_EXISTS; TG_E_LIMIT; TG_E_TOO_NEW.
 * Threads: [control]
 * Owns: the host; the pointer is good until tg_host_destroy().
 */
TG_API tg_result tg_service_create(tg_host *host, const tg_service_options *options, tg_service **service);

/**
 * Starts a service that is Stopped, or Failed with no session left. Events 25100, then 25101 or 25102.
 * Returns: TG_OK when under way or Running already; TG_E_STATE; TG_E_BUSY while sessions of a failed drain are left.
 * Threads: [control]
 */
TG_API tg_result tg_service_start(tg_service *service, const tg_action *action);

/**
 * Drains: from now on new sessions are refused, those in progress run on. Events 25049, and 25050 when the last has left,
 * both before it returns when there is none. Then the service stays Paused or stops, as the intent says (25130, 25003).
 * The same drain again is the same operation; a stricter one (an earlier deadline, stop instead of stay) joins it: 25164. A
 * drain without a deadline leaves that of the one in progress as it is.
 * Returns: TG_OK; TG_E_STATE; TG_E_CONFLICT when a stricter drain is in progress; TG_E_TOO_LATE when the service is stopping.
 * Threads: [control]
 */
TG_API tg_result tg_service_drain(tg_service *service, const tg_drain_options *options);

/**
 * Stops now, without waiting: what is left is told to close and counted in 25125 and 25003; no 25050 unless none was.
 * Returns: TG_OK when under way or Stopped already; TG_E_STATE.
 * Threads: [control]
 * See: tg_service_drain() with TG_INTENT_STOP for a graceful stop.
 */
TG_API tg_result tg_service_stop(tg_service *service, const tg_action *action);

/**
 * Opens a service that drains or is drained. Events 25140 and 25141; 25050 comes before them if the last session had left.
 * Returns: TG_OK when under way or Running already; TG_E_TOO_LATE when the service is stopping; TG_E_STATE.
 * Threads: [control]
 */
TG_API tg_result tg_service_resume(tg_service *service, const tg_action *action);

/**
 * Waits for a moment (TG_UNTIL_*). One that is over already counts while its drain is still the last one; a service that runs is
 * waited for until somebody drains or stops it.
 * Returns: TG_OK; TG_E_TIMEOUT; TG_E_ENDED when the drain in progress ended otherwise (resumed, failed, stopped with sessions
 *   left), the start failed, or DRAINED is asked of a service that is stopped; TG_E_CLOSING; TG_E_MISUSE from inside a callback
 *   or the server's loop.
 * Threads: [wait]
 * Blocks: `timeout_ns` at most, TG_FOREVER: no limit; with 0 it only looks, and may be called anywhere.
 */
TG_API tg_result tg_service_wait(tg_service *service, uint32_t until, uint64_t timeout_ns);

/** Fills in what the service is doing, as far as info->struct_size reaches. Returns: TG_OK; TG_E_INVALID. Threads: [control] */
TG_API tg_result tg_service_info_get(tg_service *service, tg_service_info *info);

/**
 * Calls `fn` with each live session of the service on this thread, `limit` at most (0: all). Admissions go on meanwhile: a
 * session that comes or goes during the call may or may not be shown; none is shown half.
 * Returns: how many were shown.
 * Threads: [control]
 */
TG_API tg_result tg_service_sessions(tg_service *service, uint32_t limit,
                                     void (*fn)(void *user, const tg_session_info *session), void *user);

/** The host's text for a session, by its `describe`. Returns: its length; 0 when there is none. Threads: [control] */
TG_API uint64_t tg_service_describe(tg_service *service, tg_ticket ticket, uint64_t tag, char *buffer, uint64_t capacity);

TG_END_C

#endif /* TIDEGATE_SERVICE_H */

/* A service: a named thing that admits sessions and has a status, and what an operator does with it. */
#ifndef TIDEGATE_SERVICE_H
#define TIDEGATE_SERVICE_H

#include "tidegate/admission.h"
#include "tidegate/base.h"
#include "tidegate/drain.h"
#include "tidegate/phase.h"
#include "tidegate/session.h"
#include "tidegate/status.h"
#include "tidegate/until.h"

TG_BEGIN_C

typedef struct tg_host tg_host;
typedef struct tg_service tg_service;

typedef struct tg_service_options {
  uint32_t struct_size;
  uint32_t abi;
  tg_str name;             /**< 1 to 63 of A-Z a-z 0-9 . _ -, one in the host */
  tg_str activity;         /**< what its sessions are called, such as "Concurrent Calls"; empty: "Sessions"; 63 bytes */
  uint64_t max_sessions;   /**< sessions that are not children; 0: no maximum of its own */
  uint64_t retry_after_ns; /**< hint to the refused; 0: 30 s */
  void *user;              /**< handed to the callbacks below. They are called one at a time for each service. With TG_LOOP_STEWARD
                              they run on a thread that no other service waits for; a call that has not returned after 5 s is said
                              by 25127. With TG_LOOP_POLL they run inside tg_host_poll(). */

  /** Start what the service needs; a negative result makes it Failed. NULL: nothing to start. Threads: [worker] */
  tg_result (*start)(void *user);

  /** Stop it; sessions may be left when a stop did not wait. NULL: nothing to stop. Threads: [worker] */
  void (*stop)(void *user);

  /** The deadline is over or the service is stopped now: end this session, soon; the release is still the host's. It may be
   *  called more than once for a session, and for one that has just ended. NULL: the host ends none. Threads: [worker] */
  void (*close)(void *user, tg_ticket ticket, uint64_t tag);

  /** Write a text that tells people which session this is, without a zero at its end. Returns: its length, at most `capacity`.
   *  NULL: people see the tag. It is called on a thread that nothing else waits for, one call at a time; a call that takes longer than
   *  0.25 s, and each one while it lasts, is shown without a text (25127). What is not plain UTF-8 is cleaned. Threads: [worker] */
  uint64_t (*describe)(void *user, tg_ticket ticket, uint64_t tag, char *buffer, uint64_t capacity);

  /** A drain is in progress: ask this session to leave when it can; `left_ns` until the deadline, TG_FOREVER: none. It may go on,
   *  and tg_session_acknowledge() tells that it will go. NULL: sessions are not asked. Threads: [worker] */
  void (*notice)(void *user, tg_ticket ticket, uint64_t tag, uint64_t left_ns);

  tg_str redirect;                /**< where the refused are sent, as the protocol writes it; empty: nowhere; 255 bytes */
  uint64_t stalled_after_ns;      /**< a drain that nobody leaves for so long is said to be stalled; 0: 60 s; TG_OFF: never */
  uint64_t ramp_ns;               /**< with max_sessions: after a resume or a second start its limit grows to that over so long;
                                       0: 30 s; TG_OFF: at once */
  uint32_t ramp_from_percent;     /**< of max_sessions, to begin with, 1 to 100; 0: 10 */
  uint32_t retry_jitter_percent;  /**< spread of the hint to the refused, up to 100; 0: 20 */
  uint32_t start_paused;          /**< 1: once started it stays Paused until somebody resumes it */
  uint32_t fail_closed;           /**< 1: while a plugin's policy is taken out for its faults, what it would have been asked is refused,
                                       but for CHILD; 0: it is admitted without being asked */
  const tg_drain_options *drain;  /**< how it is drained where a drain says nothing else; copied; NULL: as tg_drain_options says.
                                       intent, actor, reason and hold are not used */
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
  uint32_t holds;                /**< how many hold it paused */
  uint32_t at_deadline;          /**< TG_DEADLINE_*, of the drain in progress */
  uint64_t limit;                /**< sessions it may have now: max_sessions, or less while it ramps up; 0: none */
  uint64_t told;                 /**< sessions asked to leave in this drain */
  uint64_t checkpoint;           /**< grows with each session and entry that leaves: who watches a drain sees that it goes on */
  uint64_t wait_hint_ns;         /**< a drain in progress should be over after so long; TG_FOREVER: not known */
} tg_service_info;

/**
 * Adds a service to the host; it is Stopped.
 * Returns: TG_OK; TG_E_INVALID; TG_E_EXISTS; TG_E_LIMIT; TG_E_TOO_NEW.
 * Threads: [control]
 * Owns: the host; the pointer is good until tg_host_destroy().
 */
TG_API tg_result tg_service_create(tg_host *host, const tg_service_options *options, tg_service **service);

/**
 * Starts a service that is Stopped, or Failed with no session left. Events 25100, then 25101 or 25102; 25103 when it waits for a
 * service that it needs; 25169 or 25170 when it is held, and stays Paused.
 * Returns: TG_OK when under way or Running already; TG_E_STATE, also when a service that it needs is stopped; TG_E_BUSY while sessions of a failed drain are left.
 * Threads: [control]
 */
TG_API tg_result tg_service_start(tg_service *service, const tg_action *action);

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
 * Whether the service is ready for new sessions, for a health probe: it is no more while a drain is announced, and again only
 * after its gate has been opened. Returns: 1 or 0. Threads: [any]
 */
TG_API int32_t tg_service_ready(tg_service *service);

/**
 * Says that `service` needs `needed`: it is started after it, and stopped before it.
 * Returns: TG_OK; TG_E_STATE when `service` is not Stopped; TG_E_INVALID when `needed` needs `service` already, or is of another
 *   host; then nothing is changed.
 * Threads: [control]
 */
TG_API tg_result tg_service_needs(tg_service *service, tg_service *needed);

TG_END_C

#endif /* TIDEGATE_SERVICE_H */

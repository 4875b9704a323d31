/* Live sessions: listing them, finding the blockers of a drain, and reporting their activity. */
#ifndef TIDEGATE_SESSION_H
#define TIDEGATE_SESSION_H

#include "tidegate/admission.h"
#include "tidegate/base.h"

TG_BEGIN_C

/* Flags of a live session. */
#define TG_SESSION_IDLE 1u         /**< the server has reported that the session is idle */
#define TG_SESSION_TOLD 2u         /**< the session got a notice in the drain in progress */
#define TG_SESSION_ACKNOWLEDGED 4u /**< its peer has acknowledged the notice and will leave */

/** A live session at one moment. */
typedef struct tg_session_info {
  uint32_t struct_size;
  uint32_t abi;
  tg_ticket ticket;
  uint64_t tag;
  uint64_t age_ns;        /**< resolution: the kernel's tick, 1 to 10 ms */
  uint32_t kind;          /**< TG_KIND_* */
  uint32_t session_class; /**< TG_CLASS_* */
  tg_address peer;
  uint32_t flags;         /**< TG_SESSION_* */
  uint32_t reserved0;
  uint64_t quiet_ns;      /**< since the admission or the last report of activity; resolution 1 ms, after 24 days 1 s */
  uint64_t key;           /**< affinity key; 0: none */
} tg_session_info;

/** Takes one session, which is borrowed for the call. Threads: [control]; the caller's thread. */
typedef void (*tg_session_fn)(void *user, const tg_session_info *session);

/**
 * Calls `fn` with each live session of the service on this thread, with at most `limit` sessions (0: all). Admissions go on meanwhile:
 * the call may or may not show a session that begins or ends during the call, but it never shows half a record.
 * Returns: the number of sessions shown.
 * Threads: [control]
 */
TG_API tg_result tg_service_sessions(tg_service *service, uint32_t limit, tg_session_fn fn, void *user);

/**
 * Calls `fn` with the blockers: the sessions that keep a drain of the service from completing, or would if a drain began now. Sessions
 * that have not acknowledged a notice come before sessions that have; within each group the oldest session comes first. The number
 * of entries, which block too, is in tg_service_info.
 * Returns: the number of sessions shown, at most `limit`; 0 stands for 100, and 10,000 is the maximum.
 * Threads: [control]
 */
TG_API tg_result tg_service_blockers(tg_service *service, uint32_t limit, tg_session_fn fn, void *user);

/**
 * Gets the server's text for a session from its `describe` callback, cleaned, at most 1,024 bytes. Returns: the length; 0 without a text,
 * when the callback takes longer than 0.25 s, or when descriptions have taken half a second of the last five. Threads: [control]
 */
TG_API uint64_t tg_service_describe(tg_service *service, tg_ticket ticket, uint64_t tag, char *buffer, uint64_t capacity);

/** Reports that the session is active: a request or a transaction is in progress. Returns: TG_OK, also for ticket 0; TG_E_STALE. Threads: [any] */
TG_API tg_result tg_session_active(tg_service *service, tg_ticket ticket);

/** Reports that the session is idle. Returns: TG_OK, also for ticket 0; TG_E_STALE. Threads: [any] */
TG_API tg_result tg_session_idle(tg_service *service, tg_ticket ticket);

/** Reports that the peer has acknowledged the notice and will leave. Returns: TG_OK, also for ticket 0; TG_E_STALE. Threads: [any] */
TG_API tg_result tg_session_acknowledge(tg_service *service, tg_ticket ticket);

TG_END_C

#endif /* TIDEGATE_SESSION_H */

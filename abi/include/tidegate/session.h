/* Live sessions: lists of them, what keeps a drain from completing, and what the host says about them. */
#ifndef TIDEGATE_SESSION_H
#define TIDEGATE_SESSION_H

#include "tidegate/admission.h"
#include "tidegate/base.h"

TG_BEGIN_C

/* What is known about a session. */
#define TG_SESSION_IDLE 1u         /**< the host says that nothing goes on in it */
#define TG_SESSION_TOLD 2u         /**< it was asked to go in the drain in progress */
#define TG_SESSION_ACKNOWLEDGED 4u /**< its peer has said that it will */

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
  uint64_t quiet_ns;      /**< since it was admitted or the host last said something about it; resolution 1 ms, of sessions older than 24 days 1 s */
  uint64_t key;           /**< affinity key; 0: none */
} tg_session_info;

/** Takes one session; borrowed for the call. Threads: [control]; the caller's. */
typedef void (*tg_session_fn)(void *user, const tg_session_info *session);

/**
 * Calls `fn` with each live session of the service on this thread, `limit` at most (0: all). Admissions go on meanwhile: a
 * session that comes or goes during the call may or may not be shown; none is shown half.
 * Returns: how many were shown.
 * Threads: [control]
 */
TG_API tg_result tg_service_sessions(tg_service *service, uint32_t limit, tg_session_fn fn, void *user);

/**
 * Calls `fn` with the blockers: the sessions that keep a drain of the service from completing, or would if one began. Those that
 * were not told, or told and did not acknowledge, come before those that acknowledged; among them the oldest first.
 * tg_service_info says how many entries there are besides.
 * Returns: how many were shown, `limit` at most; 0: 100; 10,000 at most.
 * Threads: [control]
 */
TG_API tg_result tg_service_blockers(tg_service *service, uint32_t limit, tg_session_fn fn, void *user);

/**
 * The server's text for a session, by its `describe`, cleaned: 1,024 bytes at most. Returns: its length; 0 when there is none, when it
 * does not come within 0.25 s, or when descriptions have taken half a second of the last five. Threads: [control]
 */
TG_API uint64_t tg_service_describe(tg_service *service, tg_ticket ticket, uint64_t tag, char *buffer, uint64_t capacity);

/** Something goes on in the session: a request, a transaction. Returns: TG_OK, also for ticket 0; TG_E_STALE. Threads: [any] */
TG_API tg_result tg_session_active(tg_service *service, tg_ticket ticket);

/** Nothing goes on in it at the moment. Returns: TG_OK, also for ticket 0; TG_E_STALE. Threads: [any] */
TG_API tg_result tg_session_idle(tg_service *service, tg_ticket ticket);

/** Its peer has taken note that it should go, and will. Returns: TG_OK, also for ticket 0; TG_E_STALE. Threads: [any] */
TG_API tg_result tg_session_acknowledge(tg_service *service, tg_ticket ticket);

TG_END_C

#endif /* TIDEGATE_SESSION_H */

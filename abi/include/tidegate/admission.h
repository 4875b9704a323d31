/* Admission: a server requests admission for each new session and releases the ticket at its end. This is the hot path. */
#ifndef TIDEGATE_ADMISSION_H
#define TIDEGATE_ADMISSION_H

#include "tidegate/base.h"
#include "tidegate/vocabulary/class.h"
#include "tidegate/vocabulary/kind.h"
#include "tidegate/vocabulary/reason.h"
#include "tidegate/vocabulary/verdict.h"

TG_BEGIN_C

typedef struct tg_service tg_service;

/** A request for admission. A NULL pointer requests a NEW session of an unknown peer. */
typedef struct tg_request {
  uint32_t struct_size;
  uint32_t abi;
  uint32_t kind;          /**< TG_KIND_* */
  uint32_t session_class; /**< TG_CLASS_* */
  tg_ticket parent;   /**< CHILD: the ticket of its parent session; else 0 */
  uint64_t tag;       /**< the server's own number for the session; lists and callbacks return it */
  tg_address peer;
  uint64_t key;       /**< affinity key, such as a hash of the user: with TG_DRAIN_AFFINITY a draining service admits an AFFINITY
                           session whose key has a live session; 0: none. A CHILD has none. */
} tg_request;

/** The answer to a request. A refusal gives the reason and the time after which to try again. */
typedef struct tg_verdict {
  uint32_t struct_size;
  uint32_t abi;
  uint32_t code;           /**< TG_VERDICT_ADMITTED or TG_VERDICT_REFUSED */
  uint32_t reason;         /**< TG_REASON_* */
  uint64_t retry_after_ns; /**< refused: time after which to try again, with jitter so that clients do not return at once; 0: no hint */
  tg_str text;             /**< refused: a sentence for the client; valid until the next tg_admit() of this thread */
  tg_str redirect;         /**< refused: the target to use instead, or empty; valid as long as `text` */
} tg_verdict;

/**
 * Requests admission of one session. abi/VERDICTS.md lists the verdict for each kind, class and stage. The call reads
 * the gate, asks the policies of the plugins, and lastly counts and decides in one step of the gate: no session passes a gate that has
 * been shut, whatever the policies answered before.
 * Returns: TG_OK with a verdict, also for a refusal, which is not an error. `ticket` is not 0 exactly when the session is admitted.
 *   TG_E_INVALID for an unknown kind or class, or when service or ticket is NULL; TG_E_TOO_NEW for a request with parts of a later
 *   version; TG_E_REENTRANT inside a policy; TG_E_FORKED in a child of the process that made the host.
 * Threads: [any]
 * Owns: the caller owns the ticket and gives it back by tg_release(), once, on any thread.
 * Cost: no lock and no allocation, apart from what policies do. While the service is open, each processor counts for itself.
 */
TG_API tg_result tg_admit(tg_service *service, const tg_request *request, tg_verdict *verdict, tg_ticket *ticket);

/**
 * Ends a session; a server may call it after the service has stopped, too.
 * Returns: TG_OK, also for ticket 0; TG_E_STALE, with nothing changed and event 25126, when the ticket was released before or belongs
 *   to another service; TG_E_FORKED.
 * Threads: [any]
 */
TG_API tg_result tg_release(tg_service *service, tg_ticket ticket);

/**
 * Admits an entry: short work that is only counted. An entry has no ticket, and no policy is asked. It keeps a drain from completing
 * as a session does.
 * Returns: a positive number when admitted; 0 when refused; TG_E_FORKED. Each admitted entry needs one tg_leave().
 * Threads: [any]
 */
TG_API int32_t tg_enter(tg_service *service);

/**
 * Admits an entry inside a live session; a draining service admits it.
 * Returns: a positive number when admitted; 0 when the ticket is not live or the gate is sealed (the sessions were told to close, or
 *   the service has stopped); TG_E_FORKED.
 * Threads: [any]
 */
TG_API int32_t tg_enter_child(tg_service *service, tg_ticket parent);

/**
 * Ends an entry that tg_enter() or tg_enter_child() admitted.
 * Returns: TG_OK; TG_E_STALE, with the count unchanged and event 25126, when no entry is inside; TG_E_FORKED. An open service detects
 *   a surplus leave at its next drain; such a leave never completes a drain in place of a session.
 * Threads: [any]
 */
TG_API tg_result tg_leave(tg_service *service);

TG_END_C

#endif /* TIDEGATE_ADMISSION_H */

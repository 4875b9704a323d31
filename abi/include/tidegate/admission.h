/* Admission: ask for each new session, release its ticket at its end. This is the path that costs. */
#ifndef TIDEGATE_ADMISSION_H
#define TIDEGATE_ADMISSION_H

#include "tidegate/base.h"
#include "tidegate/class.h"
#include "tidegate/kind.h"
#include "tidegate/reason.h"
#include "tidegate/verdict.h"

TG_BEGIN_C

typedef struct tg_service tg_service;

/** What is asked. NULL in its place asks for a NEW session of nobody in particular. */
typedef struct tg_request {
  uint32_t struct_size;
  uint32_t abi;
  uint32_t kind;          /**< TG_KIND_* */
  uint32_t session_class; /**< TG_CLASS_* */
  tg_ticket parent;   /**< CHILD: the ticket it belongs to; else 0 */
  uint64_t tag;       /**< the host's own number for the session; comes back in lists and callbacks */
  tg_address peer;
  uint64_t key;       /**< what ties sessions together, such as a hash of a user: an AFFINITY session with a key that is live is
                           by option admitted while the service drains; 0: none. A CHILD has none. */
} tg_request;

/** The answer. A refusal says why, and when to try again. */
typedef struct tg_verdict {
  uint32_t struct_size;
  uint32_t abi;
  uint32_t code;           /**< TG_VERDICT_ADMITTED or TG_VERDICT_REFUSED */
  uint32_t reason;         /**< TG_REASON_* */
  uint64_t retry_after_ns; /**< refused: try again after so long, spread so that not all come back at once; 0: no hint */
  tg_str text;             /**< a sentence for the refused; stays until the next tg_admit() of this thread */
  tg_str redirect;         /**< refused: where to go instead, or empty; likewise */
} tg_verdict;

/**
 * Asks to admit one session. What each kind and class gets in each phase is the table in sdk/src/core/README.md. The gate is looked at, the plugins' policies are asked, and then the gate counts and decides in
 * one step: nothing passes a gate that has been shut, whatever was answered before.
 * Returns: TG_OK with a verdict: refused is not an error. `ticket` is not 0 exactly when it was admitted.
 *   TG_E_INVALID unknown kind or class, or a null pointer; TG_E_TOO_NEW a request with parts from a later version;
 *   TG_E_FORKED in a child of the process that made the host.
 * Threads: [any]
 * Owns: the caller owns the ticket and gives it back by tg_release(), once, on any thread.
 * Cost: no lock, no allocation, besides what policies do. While the service is open, each processor counts for itself.
 */
TG_API tg_result tg_admit(tg_service *service, const tg_request *request, tg_verdict *verdict, tg_ticket *ticket);

/**
 * Ends a session. Also after the service has stopped.
 * Returns: TG_OK, also for ticket 0; TG_E_STALE when the ticket was released before or is another service's: nothing
 *   is changed then, and event 25126 says so; TG_E_FORKED.
 * Threads: [any]
 */
TG_API tg_result tg_release(tg_service *service, tg_ticket ticket);

/**
 * Admits short work that is only counted: no ticket, no policy asked. It holds a drain open like a session.
 * Returns: a positive number when admitted, 0 when refused, TG_E_FORKED; every positive answer needs one tg_leave().
 * Threads: [any]
 */
TG_API int32_t tg_enter(tg_service *service);

/**
 * The same for work inside a live session: it is admitted while the service drains.
 * Returns: a positive number when admitted; 0 when the ticket is not live or nothing at all is admitted any more; TG_E_FORKED.
 * Threads: [any]
 */
TG_API int32_t tg_enter_child(tg_service *service, tg_ticket parent);

/**
 * Ends what tg_enter() or tg_enter_child() admitted.
 * Returns: TG_OK; TG_E_STALE when nothing had entered: the count stays as it is, and event 25126 says so. While the service is
 *   open that is not seen at once, but when it is drained: it does not end the drain in a session's place. TG_E_FORKED.
 * Threads: [any]
 */
TG_API tg_result tg_leave(tg_service *service);

TG_END_C

#endif /* TIDEGATE_ADMISSION_H */

/* Role tidegate.admission/1: a policy that is asked before the gate decides. */
#ifndef TIDEGATE_EXT_ADMISSION_H
#define TIDEGATE_EXT_ADMISSION_H

#include "tidegate/base.h"
#include "tidegate/class.h"
#include "tidegate/kind.h"
#include "tidegate/verdict.h"

#define TG_ROLE_ADMISSION "tidegate.admission/1"

TG_BEGIN_C

/** What a policy is asked, and told of again when the session ends. */
typedef struct tg_admission_query {
  uint32_t struct_size;
  uint32_t abi;
  uint32_t kind;          /**< TG_KIND_* */
  uint32_t session_class; /**< TG_CLASS_* */
  uint64_t tag;           /**< the host's own number for the session */
  tg_address peer;
  tg_str service;         /**< name; stays as long as the host */
  uint64_t key;           /**< affinity key; 0: none */
  uint64_t cookie;        /**< cancelled, released: what the policy has put in its answer; else 0 */
} tg_admission_query;

/** What it answers; handed over as ABSTAIN. */
typedef struct tg_admission_answer {
  uint32_t struct_size;
  uint32_t abi;
  uint32_t verdict;        /**< TG_VERDICT_*; an unknown one is taken as ABSTAIN, and counts as a fault */
  uint32_t reserved0;
  uint64_t retry_after_ns; /**< REFUSED: hint to the refused; 0: the service's */
  tg_str text;             /**< REFUSED: a sentence for the refused, of which 255 bytes are kept, cleaned as tg_plugin_host says; it must
                                stay as long as the instance */
  tg_str redirect;         /**< REFUSED: where to go instead, a URI of at most 255 bytes; anything else is a fault and counts as empty.
                                It must stay likewise; empty: the service's */
  uint64_t cookie;         /**< ADMITTED, by a policy with `cookies`: a number of its own for the session */
} tg_admission_answer;

/**
 * A policy. Any refusal of one wins; ABSTAIN is neutral. They are asked in order of priority, then of their plugins' ids, until
 * one refuses. Each ADMITTED it answers is followed by exactly one `released` or `cancelled` with the same kind, tag, peer and
 * service, to this instance. None of its functions may block: they run inside tg_admit() and tg_release(), and may call only
 * what is tagged [any]; tg_admit() in there is TG_E_REENTRANT.
 *
 * A policy that fails, hangs or takes long is taken out for a while: it is not asked, and abstains; services that are
 * fail-closed refuse then what it would have been asked. Work of kind CHILD is never refused for that.
 */
typedef struct tg_admission_policy {
  uint32_t struct_size;
  uint32_t abi;
  uint32_t asks_child; /**< 1: it is asked of CHILD work too; 0: of all other kinds only */
  uint32_t priority;   /**< the lowest is asked first */

  /** Answers one request. Threads: [any] */
  void (*ask)(void *instance, const tg_admission_query *query, tg_admission_answer *answer);

  /** Another policy or the gate refused what this one admitted. May be NULL. Threads: [any] */
  void (*cancelled)(void *instance, const tg_admission_query *query);

  /** A session that it admitted has ended. May be NULL. Threads: [any] */
  void (*released)(void *instance, const tg_admission_query *query);

  /**
   * Takes over a session that the instance before said yes to: when a plugin is replaced, between `create` and `start`, on
   * several threads at once, for all that live and all that come meanwhile. ADMITTED: it counts for this instance from now
   * on, like a yes; anything else: it is not told of it. It cannot be refused. NULL: it takes none. Threads: [any]
   */
  void (*adopt)(void *instance, const tg_admission_query *query, tg_admission_answer *answer);

  uint32_t cookies;    /**< 1: it uses the cookie of each session */
  uint32_t reserved0;
} tg_admission_policy;

TG_END_C

#endif /* TIDEGATE_EXT_ADMISSION_H */

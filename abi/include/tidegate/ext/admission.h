/* Role tidegate.admission/1: a policy, which the host asks before the gate decides. */
#ifndef TIDEGATE_EXT_ADMISSION_H
#define TIDEGATE_EXT_ADMISSION_H

#include "tidegate/base.h"
#include "tidegate/vocabulary/class.h"
#include "tidegate/vocabulary/kind.h"
#include "tidegate/vocabulary/verdict.h"

#define TG_ROLE_ADMISSION "tidegate.admission/1"

TG_BEGIN_C

/** The session that a policy decides on, and that it hears of again when the session ends. */
typedef struct tg_admission_query {
  uint32_t struct_size;
  uint32_t abi;
  uint32_t kind;          /**< TG_KIND_* */
  uint32_t session_class; /**< TG_CLASS_* */
  uint64_t tag;           /**< the server's own number for the session */
  tg_address peer;
  tg_str service;         /**< name; valid as long as the host */
  uint64_t key;           /**< affinity key; 0: none */
  uint64_t cookie;        /**< cancelled, released: the cookie of the policy's answer; else 0 */
} tg_admission_query;

/** A policy's answer; the host hands it over as ABSTAIN. */
typedef struct tg_admission_answer {
  uint32_t struct_size;
  uint32_t abi;
  uint32_t verdict;        /**< TG_VERDICT_*; an unknown verdict is a fault and counts as ABSTAIN */
  uint32_t reserved0;
  uint64_t retry_after_ns; /**< REFUSED: time after which to try again; 0: the service's hint */
  tg_str text;             /**< REFUSED: a sentence for the client, cleaned as in tg_plugin_host and cut to 255 bytes; it must stay valid as
                                long as the instance */
  tg_str redirect;         /**< REFUSED: the target to use instead, a URI of at most 255 bytes, valid as long as `text`; any other text is a
                                fault and counts as empty. Empty: the service's target */
  uint64_t cookie;         /**< ADMITTED, by a policy with `cookies`: a number of its own for the session */
} tg_admission_answer;

/**
 * A policy. The host asks the policies in the order of their priority, then of their plugins' ids, until one refuses; ABSTAIN is
 * neutral. Each ADMITTED of a policy is followed by exactly one `released` or `cancelled` with the same kind, tag, peer and service, to
 * the same instance. The functions of a policy run inside tg_admit() and tg_release(): they must not block, and may call only functions
 * with the tag [any], except tg_admit(), which is TG_E_REENTRANT there.
 *
 * A policy that fails, hangs or is slow is taken out for a while: the host does not ask it, as if it abstained. Services that are
 * fail-closed then refuse the sessions that this policy would decide, except sessions of kind CHILD.
 */
typedef struct tg_admission_policy {
  uint32_t struct_size;
  uint32_t abi;
  uint32_t asks_child; /**< 1: the policy decides on CHILD sessions too; 0: on all other kinds only */
  uint32_t priority;   /**< the policy with the lowest number is asked first */

  /** Answers one request. Threads: [any] */
  void (*ask)(void *instance, const tg_admission_query *query, tg_admission_answer *answer);

  /** Another policy or the gate refused the session that this policy admitted. May be NULL. Threads: [any] */
  void (*cancelled)(void *instance, const tg_admission_query *query);

  /** A session that this policy admitted has ended. May be NULL. Threads: [any] */
  void (*released)(void *instance, const tg_admission_query *query);

  /**
   * Adopts a session that the old instance has admitted. When a plugin is replaced, the host calls this function of the heir from
   * `create` on, also on several threads at once, for every live session that the old instance has admitted and for every session
   * that it admits meanwhile. With ADMITTED the session counts as admitted by the heir; with any other answer the heir hears no more
   * of the session. The session runs on in either case. NULL: the heir adopts none. Threads: [any]
   */
  void (*adopt)(void *instance, const tg_admission_query *query, tg_admission_answer *answer);

  uint32_t cookies;    /**< 1: the policy sets a cookie for each session */
  uint32_t reserved0;
} tg_admission_policy;

TG_END_C

#endif /* TIDEGATE_EXT_ADMISSION_H */

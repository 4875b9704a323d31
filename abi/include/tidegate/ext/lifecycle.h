/* Role tidegate.lifecycle/1: hooks at the steps of a service's life. */
#ifndef TIDEGATE_EXT_LIFECYCLE_H
#define TIDEGATE_EXT_LIFECYCLE_H

#include "tidegate/base.h"
#include "tidegate/step.h"

#define TG_ROLE_LIFECYCLE "tidegate.lifecycle/1"

TG_BEGIN_C

/** A step of a service; borrowed for the call. */
typedef struct tg_lifecycle_step {
  uint32_t struct_size;
  uint32_t abi;
  uint32_t step;      /**< TG_STEP_* */
  uint32_t reserved0;
  uint64_t token;     /**< what completes it when it is deferred; 0: this step waits for nobody */
  uint64_t limit_ns;  /**< with a token: the host goes on without the plugin after so long, and event 25187 says so */
  uint64_t epoch;     /**< number of the drain; 0: none yet */
  uint64_t live;      /**< sessions, children and entries inside */
  tg_str service;     /**< name; stays as long as the host */
  tg_str actor;       /**< who asked, or empty */
  tg_str reason;      /**< why, or empty */
} tg_lifecycle_step;

/**
 * Hooks; each may be NULL. They are called on the plugin's own worker, one at a time, in the order of what happened. The two
 * that return a result are waited for, at most `limit_ns`: TG_OK, the service may go on; TG_DEFERRED, not before
 * host->complete(token); negative, with host->fail() before it, that the start fails. A stop goes on whatever they return.
 * A step that was deferred by a plugin that is replaced is asked of the new instance, with another token and in the time that is
 * left; of a plugin that is unloaded, the service goes on, and event 25187 says so.
 */
typedef struct tg_lifecycle {
  uint32_t struct_size;
  uint32_t abi;

  /** The service is about to start: before the server's own start. Threads: [worker] */
  tg_result (*before_start)(void *instance, const tg_lifecycle_step *step);

  /** It has started. Threads: [worker] */
  void (*started)(void *instance, const tg_lifecycle_step *step);

  /** Its gate is shut: sessions in progress run on. Threads: [worker] */
  void (*drain_started)(void *instance, const tg_lifecycle_step *step);

  /** It is still being drained; about once a second, when `live` has changed. Threads: [worker] */
  void (*progress)(void *instance, const tg_lifecycle_step *step);

  /** The last session has left. Threads: [worker] */
  void (*drained)(void *instance, const tg_lifecycle_step *step);

  /** It is about to stop: before the server's own stop. Threads: [worker] */
  tg_result (*stopping)(void *instance, const tg_lifecycle_step *step);

  /** It has stopped. Threads: [worker] */
  void (*stopped)(void *instance, const tg_lifecycle_step *step);
} tg_lifecycle;

TG_END_C

#endif /* TIDEGATE_EXT_LIFECYCLE_H */

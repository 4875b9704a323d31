/* Role tidegate.lifecycle/1: hooks for the steps of a service's life. */
#ifndef TIDEGATE_EXT_LIFECYCLE_H
#define TIDEGATE_EXT_LIFECYCLE_H

#include "tidegate/base.h"
#include "tidegate/vocabulary/step.h"

#define TG_ROLE_LIFECYCLE "tidegate.lifecycle/1"

TG_BEGIN_C

/** A step of a service, which is borrowed for the call. */
typedef struct tg_lifecycle_step {
  uint32_t struct_size;
  uint32_t abi;
  uint32_t step;      /**< TG_STEP_* */
  uint32_t reserved0;
  uint64_t token;     /**< argument of host->complete() for a deferred step; 0: the host does not wait for this step */
  uint64_t limit_ns;  /**< with a token: time after which the host goes on without the plugin (25187) */
  uint64_t epoch;     /**< number of the drain; 0: no drain yet */
  uint64_t live;      /**< sessions, children and entries inside */
  tg_str service;     /**< name; valid as long as the host */
  tg_str actor;       /**< the requesting actor, or empty */
  tg_str reason;      /**< the actor's reason, or empty */
} tg_lifecycle_step;

/**
 * Hooks; each may be NULL. The plugin's own worker calls them one at a time, in the order of the steps. The host waits, for at most
 * `limit_ns`, for the two hooks that return a result:
 * 1. TG_OK: the service goes on.
 * 2. TG_DEFERRED: the service goes on after host->complete(token).
 * 3. A negative result, with host->fail() before it: a start fails, and a stop goes on.
 * When a plugin is replaced, its deferred step goes to the new instance, with another token and the time that is left. When a plugin is
 * unloaded, the service goes on (25187).
 */
typedef struct tg_lifecycle {
  uint32_t struct_size;
  uint32_t abi;

  /** The service is about to start; the server's start callback comes after it. Threads: [worker] */
  tg_result (*before_start)(void *instance, const tg_lifecycle_step *step);

  /** The service has started. Threads: [worker] */
  void (*started)(void *instance, const tg_lifecycle_step *step);

  /** The gate of the service is shut; sessions in progress run on. Threads: [worker] */
  void (*drain_started)(void *instance, const tg_lifecycle_step *step);

  /** The drain makes progress; about once a second, when `live` has changed. Threads: [worker] */
  void (*progress)(void *instance, const tg_lifecycle_step *step);

  /** The last session has left. Threads: [worker] */
  void (*drained)(void *instance, const tg_lifecycle_step *step);

  /** The service is about to stop; the server's stop callback comes after it. Threads: [worker] */
  tg_result (*stopping)(void *instance, const tg_lifecycle_step *step);

  /** The service has stopped. Threads: [worker] */
  void (*stopped)(void *instance, const tg_lifecycle_step *step);
} tg_lifecycle;

TG_END_C

#endif /* TIDEGATE_EXT_LIFECYCLE_H */

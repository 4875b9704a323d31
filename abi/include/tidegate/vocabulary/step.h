/* Generated from abi/vocabulary/steps.def; do not edit. */
#ifndef TIDEGATE_VOCABULARY_STEP_H
#define TIDEGATE_VOCABULARY_STEP_H

/** Step of a service's life, as lifecycle hooks see it.
 *  Unknown value: a plugin does nothing. */

/** before-start: the service is about to start and waits for the hook. */
#define TG_STEP_BEFORE_START  1u
/** started: the service has started. */
#define TG_STEP_STARTED       2u
/** drain-started: the gate is shut; sessions in progress run on. */
#define TG_STEP_DRAIN_STARTED 3u
/** progress: the drain makes progress. */
#define TG_STEP_PROGRESS      4u
/** drained: the last session has left. */
#define TG_STEP_DRAINED       5u
/** stopping: the service is about to stop and waits for the hook. */
#define TG_STEP_STOPPING      6u
/** stopped: the service has stopped. */
#define TG_STEP_STOPPED       7u

#endif /* TIDEGATE_VOCABULARY_STEP_H */

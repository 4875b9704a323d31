/* Generated from abi/vocabulary/steps.def; do not edit. */
#ifndef TIDEGATE_STEP_H
#define TIDEGATE_STEP_H

/** Step of a service's life, as lifecycle hooks see it.
 *  Unknown value: a plugin does nothing. */

/** before-start: it is about to start; it waits for the hook. */
#define TG_STEP_BEFORE_START  1u
/** started: it has started. */
#define TG_STEP_STARTED       2u
/** drain-started: its gate is shut; sessions in progress run on. */
#define TG_STEP_DRAIN_STARTED 3u
/** progress: it is still being drained. */
#define TG_STEP_PROGRESS      4u
/** drained: the last session has left. */
#define TG_STEP_DRAINED       5u
/** stopping: it is about to stop; it waits for the hook. */
#define TG_STEP_STOPPING      6u
/** stopped: it has stopped. */
#define TG_STEP_STOPPED       7u

#endif /* TIDEGATE_STEP_H */

/* Generated from abi/vocabulary/statuses.def; do not edit. */
#ifndef TIDEGATE_VOCABULARY_STATUS_H
#define TIDEGATE_VOCABULARY_STATUS_H

/** Status of a service, as an operator of Windows or Lync services knows it.
 *  Unknown value: show the number; treat the service as not Running. */

/** Stopped: the service does not run and admits no session. */
#define TG_STATUS_STOPPED          1u
/** StartPending: the start callback runs; no session is admitted yet. */
#define TG_STATUS_START_PENDING    2u
/** Running: sessions are admitted. */
#define TG_STATUS_RUNNING          3u
/** PausePending: the drain is being announced, or the gate is being shut. */
#define TG_STATUS_PAUSE_PENDING    4u
/** Paused: sessions in progress run on, and new sessions are refused. */
#define TG_STATUS_PAUSED           5u
/** ContinuePending: the gate is open again for a growing number of sessions. */
#define TG_STATUS_CONTINUE_PENDING 6u
/** StopPending: the stop callback runs; the service cannot be resumed any more. */
#define TG_STATUS_STOP_PENDING     7u
/** Failed: the service could not start, or sessions did not end. */
#define TG_STATUS_FAILED           8u

#endif /* TIDEGATE_VOCABULARY_STATUS_H */

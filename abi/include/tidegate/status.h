/* Generated from abi/vocabulary/statuses.def; do not edit. */
#ifndef TIDEGATE_STATUS_H
#define TIDEGATE_STATUS_H

/** Status of a service, as an operator of Windows or Lync services knows it.
 *  Unknown value: show the number; treat the service as not Running. */

/** Stopped: nothing runs and nothing is admitted. */
#define TG_STATUS_STOPPED          1u
/** StartPending: the start hook runs; nothing is admitted yet. */
#define TG_STATUS_START_PENDING    2u
/** Running: sessions are admitted. */
#define TG_STATUS_RUNNING          3u
/** PausePending: announcing, or the gate is being shut. */
#define TG_STATUS_PAUSE_PENDING    4u
/** Paused: sessions in progress run on, new ones are refused. */
#define TG_STATUS_PAUSED           5u
/** ContinuePending: the gate is open again, for a growing number of sessions. */
#define TG_STATUS_CONTINUE_PENDING 6u
/** StopPending: the stop hook runs; the point of no return is behind. */
#define TG_STATUS_STOP_PENDING     7u
/** Failed: it could not start, or sessions would not leave. */
#define TG_STATUS_FAILED           8u

#endif /* TIDEGATE_STATUS_H */

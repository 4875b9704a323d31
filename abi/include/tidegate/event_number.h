/* Generated from abi/vocabulary/events.def; do not edit. */
#ifndef TIDEGATE_EVENT_NUMBER_H
#define TIDEGATE_EVENT_NUMBER_H

/** Events.
 *  Unknown value: show number, service and text; a number is never given a second meaning. */

/** stopped: the service has stopped; live says how many sessions were left. */
#define TG_EVENT_STOPPED       25003u
/** draining started: the gate is shut; sessions in progress run on. */
#define TG_EVENT_DRAIN_STARTED 25049u
/** draining complete: the last session has left; once an epoch, and nothing is admitted after it. */
#define TG_EVENT_DRAINED       25050u
/** starting: a start was asked for; the start hook runs. */
#define TG_EVENT_STARTING      25100u
/** running: the service admits sessions. */
#define TG_EVENT_RUNNING       25101u
/** start failed: the start hook failed; start may be tried again. */
#define TG_EVENT_START_FAILED  25102u
/** deadline reached: sessions were left when the drain's time was over. */
#define TG_EVENT_DEADLINE      25121u
/** closing sessions: the host is told to end the sessions left; count says how many. */
#define TG_EVENT_FORCED        25122u
/** stopping with sessions left: a stop did not wait; live says how many sessions are left. */
#define TG_EVENT_STOPPED_EARLY 25125u
/** release refused: a ticket was released twice, or is stale or foreign, or a leave had no enter; count says how many. */
#define TG_EVENT_STALE_RELEASE 25126u
/** all sessions closed: the last of the sessions told to end has left; count says how many were told. */
#define TG_EVENT_ALL_CLOSED    25128u
/** sessions would not go: the kill grace is over and sessions are left; start is refused until they go. */
#define TG_EVENT_NOT_CLOSED    25129u
/** stopping: the stop hook runs; there is no way back. */
#define TG_EVENT_STOPPING      25130u
/** resuming: the gate is open again. */
#define TG_EVENT_RESUMING      25140u
/** resumed: the service runs as before the drain. */
#define TG_EVENT_RESUMED       25141u
/** admissions refused: count were refused since the last such event. */
#define TG_EVENT_REFUSALS      25150u
/** events lost: count events did not reach a sink, or there was no room to record them. */
#define TG_EVENT_EVENTS_LOST   25151u
/** drain made stricter: a second, stricter request joined the drain in progress. */
#define TG_EVENT_DRAIN_MERGED  25164u

#endif /* TIDEGATE_EVENT_NUMBER_H */

/* Generated from abi/vocabulary/reasons.def; do not edit. */
#ifndef TIDEGATE_REASON_H
#define TIDEGATE_REASON_H

/** Reason of a refusal.
 *  Unknown value: a caller treats an unknown reason as PAUSED. */

/** none: not refused. */
#define TG_REASON_NONE        0u
/** paused: the service is draining and takes no new sessions. */
#define TG_REASON_PAUSED      1u
/** stopped: the service is not running. */
#define TG_REASON_STOPPED     2u
/** closing: the deadline of the drain is over; nothing is admitted. */
#define TG_REASON_CLOSING     3u
/** limit: the service has its maximum of sessions. */
#define TG_REASON_LIMIT       4u
/** policy: a plugin's policy refused. */
#define TG_REASON_POLICY      5u
/** parent-gone: the session that the child belongs to is not live. */
#define TG_REASON_PARENT_GONE 6u
/** capacity: the host holds as many sessions as it was made for. */
#define TG_REASON_CAPACITY    7u
/** ramp: the service is ramping up and has as many sessions as it may by now. */
#define TG_REASON_RAMP        8u

#endif /* TIDEGATE_REASON_H */

/* Generated from abi/vocabulary/reasons.def; do not edit. */
#ifndef TIDEGATE_VOCABULARY_REASON_H
#define TIDEGATE_VOCABULARY_REASON_H

/** Reason of a refusal.
 *  Unknown value: a caller treats an unknown reason as PAUSED. */

/** none: not refused. */
#define TG_REASON_NONE        0u
/** paused: the service is draining and admits no new sessions. */
#define TG_REASON_PAUSED      1u
/** stopped: the service is not running. */
#define TG_REASON_STOPPED     2u
/** closing: the deadline of the drain has come; no session is admitted. */
#define TG_REASON_CLOSING     3u
/** limit: the service has reached its maximum of sessions. */
#define TG_REASON_LIMIT       4u
/** policy: a plugin's policy refused. */
#define TG_REASON_POLICY      5u
/** parent-gone: the parent session of the child is not live. */
#define TG_REASON_PARENT_GONE 6u
/** capacity: the host has reached its capacity of sessions. */
#define TG_REASON_CAPACITY    7u
/** ramp: the service is ramping up and has reached its present limit. */
#define TG_REASON_RAMP        8u

#endif /* TIDEGATE_VOCABULARY_REASON_H */

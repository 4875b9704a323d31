/* Generated from abi/vocabulary/phases.def; do not edit. */
#ifndef TIDEGATE_VOCABULARY_PHASE_H
#define TIDEGATE_VOCABULARY_PHASE_H

/** Phase of a drain.
 *  Unknown value: show the number; only the status decides which sessions are admitted. */

/** none: no drain is in progress. */
#define TG_PHASE_NONE       0u
/** announcing: the service is not ready and still admits until arrivals stop. */
#define TG_PHASE_ANNOUNCING 1u
/** draining: sessions in progress run on and may have child sessions. */
#define TG_PHASE_DRAINING   2u
/** closing: the deadline has come; the server was told to end the sessions that are left. */
#define TG_PHASE_CLOSING    3u
/** drained: no session and no entry is left, and none is admitted. */
#define TG_PHASE_DRAINED    4u
/** ramping: the service is open again for a growing number of sessions. */
#define TG_PHASE_RAMPING    5u

#endif /* TIDEGATE_VOCABULARY_PHASE_H */

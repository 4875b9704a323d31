/* Generated from abi/vocabulary/phases.def; do not edit. */
#ifndef TIDEGATE_PHASE_H
#define TIDEGATE_PHASE_H

/** Phase of a drain.
 *  Unknown value: show the number; the status alone says what is admitted. */

/** none: no drain is in progress. */
#define TG_PHASE_NONE       0u
/** announcing: not ready any more, but still admitting, until arrivals stop. */
#define TG_PHASE_ANNOUNCING 1u
/** draining: sessions in progress run on and may have child work. */
#define TG_PHASE_DRAINING   2u
/** closing: the deadline is over; the host has been told to end the sessions left. */
#define TG_PHASE_CLOSING    3u
/** drained: no session and no entry is left; nothing at all is admitted. */
#define TG_PHASE_DRAINED    4u
/** ramping: open again for a growing number of sessions. */
#define TG_PHASE_RAMPING    5u

#endif /* TIDEGATE_PHASE_H */

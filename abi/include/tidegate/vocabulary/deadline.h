/* Generated from abi/vocabulary/deadlines.def; do not edit. */
#ifndef TIDEGATE_VOCABULARY_DEADLINE_H
#define TIDEGATE_VOCABULARY_DEADLINE_H

/** Policy for the sessions that are left at the deadline of a drain.
 *  Unknown value: in a request TG_E_INVALID; shown as the number. */

/** force: sessions are told to close and have the kill grace to end. */
#define TG_DEADLINE_FORCE  0u
/** wait: sessions stay; an event says so, and the drain goes on without a limit. */
#define TG_DEADLINE_WAIT   1u
/** resume: the drain is called off: its hold is lifted, and without another hold the service opens. */
#define TG_DEADLINE_RESUME 2u
/** stop: the service stops; sessions that are left are told to close. */
#define TG_DEADLINE_STOP   3u

#endif /* TIDEGATE_VOCABULARY_DEADLINE_H */

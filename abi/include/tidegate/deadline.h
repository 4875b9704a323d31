/* Generated from abi/vocabulary/deadlines.def; do not edit. */
#ifndef TIDEGATE_DEADLINE_H
#define TIDEGATE_DEADLINE_H

/** What happens at the deadline of a drain to the sessions left.
 *  Unknown value: in a request TG_E_INVALID; shown as the number. */

/** force: they are told to close, and have the kill grace to do so. */
#define TG_DEADLINE_FORCE  0u
/** wait: they may stay; it is said, and the drain goes on without a limit. */
#define TG_DEADLINE_WAIT   1u
/** resume: the drain is called off: its hold is lifted, and with no other hold left the service opens. */
#define TG_DEADLINE_RESUME 2u
/** stop: the service stops with sessions left, which are told to close. */
#define TG_DEADLINE_STOP   3u

#endif /* TIDEGATE_DEADLINE_H */

/* Generated from abi/vocabulary/untils.def; do not edit. */
#ifndef TIDEGATE_VOCABULARY_UNTIL_H
#define TIDEGATE_VOCABULARY_UNTIL_H

/** Moments that can be waited for.
 *  Unknown value: TG_E_INVALID. */

/** drained: no session is left, 25050 has been said. */
#define TG_UNTIL_DRAINED 1u
/** stopped: the service has stopped, 25003 has been said. */
#define TG_UNTIL_STOPPED 2u
/** running: the service admits sessions. */
#define TG_UNTIL_RUNNING 3u

#endif /* TIDEGATE_VOCABULARY_UNTIL_H */

/* Generated from abi/vocabulary/intents.def; do not edit. */
#ifndef TIDEGATE_VOCABULARY_INTENT_H
#define TIDEGATE_VOCABULARY_INTENT_H

/** Intent of a drain: the step after the last session has left.
 *  Unknown value: in a request TG_E_INVALID; shown as the number. */

/** stay: stay Paused until resumed or stopped. */
#define TG_INTENT_STAY    0u
/** stop: stop the service. */
#define TG_INTENT_STOP    1u
/** restart: stop the service, then start it again. */
#define TG_INTENT_RESTART 2u

#endif /* TIDEGATE_VOCABULARY_INTENT_H */

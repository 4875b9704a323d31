/* Generated from abi/vocabulary/classes.def; do not edit. */
#ifndef TIDEGATE_VOCABULARY_CLASS_H
#define TIDEGATE_VOCABULARY_CLASS_H

/** Class of an admission.
 *  Unknown value: in a request TG_E_INVALID. */

/** normal: ordinary work. */
#define TG_CLASS_NORMAL    0u
/** priority: a ramp does not refuse it. */
#define TG_CLASS_PRIORITY  1u
/** emergency: a ramp does not refuse it; with TG_DRAIN_EMERGENCY a drain does not either, until it is complete. */
#define TG_CLASS_EMERGENCY 2u

#endif /* TIDEGATE_VOCABULARY_CLASS_H */

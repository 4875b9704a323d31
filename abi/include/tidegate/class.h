/* Generated from abi/vocabulary/classes.def; do not edit. */
#ifndef TIDEGATE_CLASS_H
#define TIDEGATE_CLASS_H

/** Class of an admission.
 *  Unknown value: in a request TG_E_INVALID. */

/** normal: ordinary work. */
#define TG_CLASS_NORMAL    0u
/** priority: is not held back by a ramp. */
#define TG_CLASS_PRIORITY  1u
/** emergency: is not held back by a ramp, and by option not by a drain either, until it is complete. */
#define TG_CLASS_EMERGENCY 2u

#endif /* TIDEGATE_CLASS_H */

/* Generated from abi/vocabulary/holds.def; do not edit. */
#ifndef TIDEGATE_VOCABULARY_HOLD_H
#define TIDEGATE_VOCABULARY_HOLD_H

/** How long the hold of a drain lasts.
 *  Unknown value: in a request TG_E_INVALID; shown as the number. */

/** until-resume: until its actor resumes; the hold survives a restart and a crash. */
#define TG_HOLD_UNTIL_RESUME  0u
/** until-restart: until its actor resumes or the service stops, whichever comes first. */
#define TG_HOLD_UNTIL_RESTART 1u
/** until-time: until its actor resumes or the given time; the hold survives a restart and a crash. */
#define TG_HOLD_UNTIL_TIME    2u
/** none: no hold: any actor can resume the service. */
#define TG_HOLD_NONE          3u

#endif /* TIDEGATE_VOCABULARY_HOLD_H */

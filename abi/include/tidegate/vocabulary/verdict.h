/* Generated from abi/vocabulary/verdicts.def; do not edit. */
#ifndef TIDEGATE_VOCABULARY_VERDICT_H
#define TIDEGATE_VOCABULARY_VERDICT_H

/** Verdict of an admission.
 *  Unknown value: a caller treats an unknown verdict as REFUSED; a host treats an unknown answer of a policy as ABSTAIN. */

/** abstain: no opinion; only policies say so. */
#define TG_VERDICT_ABSTAIN  0u
/** admitted: the session exists and holds its ticket. */
#define TG_VERDICT_ADMITTED 1u
/** refused: there is no session; the reason says why. */
#define TG_VERDICT_REFUSED  2u

#endif /* TIDEGATE_VOCABULARY_VERDICT_H */

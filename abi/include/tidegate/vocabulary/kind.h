/* Generated from abi/vocabulary/kinds.def; do not edit. */
#ifndef TIDEGATE_VOCABULARY_KIND_H
#define TIDEGATE_VOCABULARY_KIND_H

/** Kind of an admission.
 *  Unknown value: in a request TG_E_INVALID. */

/** new: an independent session. */
#define TG_KIND_NEW       0u
/** child: work inside a live session; a draining service admits it. */
#define TG_KIND_CHILD     1u
/** affinity: an independent session with a key; with TG_DRAIN_AFFINITY a draining service admits it while a session with that key is live. */
#define TG_KIND_AFFINITY  2u
/** originate: a session that the service itself begins, such as an outbound call. */
#define TG_KIND_ORIGINATE 3u

#endif /* TIDEGATE_VOCABULARY_KIND_H */

/* Generated from abi/vocabulary/kinds.def; do not edit. */
#ifndef TIDEGATE_KIND_H
#define TIDEGATE_KIND_H

/** Kind of an admission.
 *  Unknown value: in a request TG_E_INVALID. */

/** new: a session of its own. */
#define TG_KIND_NEW       0u
/** child: work inside a session that is live; it goes on while the service drains. */
#define TG_KIND_CHILD     1u
/** affinity: a session of its own for a key; by option it goes on while a session with that key is live. */
#define TG_KIND_AFFINITY  2u
/** originate: a session that the service itself begins, such as an outbound call. */
#define TG_KIND_ORIGINATE 3u

#endif /* TIDEGATE_KIND_H */

/* Generated from abi/vocabulary/kinds.def; do not edit. */
#ifndef TIDEGATE_KIND_H
#define TIDEGATE_KIND_H

/** Kind of an admission.
 *  Unknown value: in a request TG_E_INVALID. */

/** new: a session of its own. */
#define TG_KIND_NEW   0u
/** child: work inside a session that is live; it goes on while the service drains. */
#define TG_KIND_CHILD 1u

#endif /* TIDEGATE_KIND_H */

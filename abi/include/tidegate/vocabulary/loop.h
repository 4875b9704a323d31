/* Generated from abi/vocabulary/loops.def; do not edit. */
#ifndef TIDEGATE_VOCABULARY_LOOP_H
#define TIDEGATE_VOCABULARY_LOOP_H

/** Loop of a host.
 *  Unknown value: TG_E_INVALID. */

/** steward: a thread of the host. */
#define TG_LOOP_STEWARD 0u
/** poll: the server's loop watches tg_host_fd() and calls tg_host_poll(). */
#define TG_LOOP_POLL    1u

#endif /* TIDEGATE_VOCABULARY_LOOP_H */

/* Generated from abi/vocabulary/loops.def; do not edit. */
#ifndef TIDEGATE_LOOP_H
#define TIDEGATE_LOOP_H

/** Who turns the host's loop.
 *  Unknown value: TG_E_INVALID. */

/** steward: a thread of the host's own. */
#define TG_LOOP_STEWARD 0u
/** poll: the server's loop watches tg_host_fd() and calls tg_host_poll(). */
#define TG_LOOP_POLL    1u

#endif /* TIDEGATE_LOOP_H */

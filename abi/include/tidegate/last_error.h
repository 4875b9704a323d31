/* Why the last call failed. */
#ifndef TIDEGATE_LAST_ERROR_H
#define TIDEGATE_LAST_ERROR_H

#include "tidegate/base.h"

TG_BEGIN_C

/**
 * The sentence that goes with the last negative result on this thread: what was wrong and what to do about it.
 * Returns: text that stays until the next failing call on this thread; empty when none has failed.
 * Threads: [any]
 * Owns: the thread. Memory for it is allocated by the first call that fails on a thread, and freed when the thread ends; when there
 *   is none the sentence says so.
 */
TG_API tg_str tg_last_error(void);

TG_END_C

#endif /* TIDEGATE_LAST_ERROR_H */

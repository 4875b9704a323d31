/* The error message of the last failed call. */
#ifndef TIDEGATE_LAST_ERROR_H
#define TIDEGATE_LAST_ERROR_H

#include "tidegate/base.h"

TG_BEGIN_C

/**
 * Returns the sentence for the last negative result on this thread: the cause, and what to do about it. The text is valid until the next
 * failing call on this thread; it is empty when no call has failed.
 * Threads: [any]
 * Owns: the thread. The first failing call on a thread allocates memory for the text, and the end of the thread frees it; when the
 *   allocation fails, a fixed sentence says so.
 */
TG_API tg_str tg_last_error(void);

TG_END_C

#endif /* TIDEGATE_LAST_ERROR_H */

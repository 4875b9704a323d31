/* What every Tidegate header builds on: exports, strings, the head of every struct, and the thread tags. */
#ifndef TIDEGATE_BASE_H
#define TIDEGATE_BASE_H

#include <stdint.h>

#include "tidegate/result.h"
#include "tidegate/version.h"

#ifdef __cplusplus
#define TG_BEGIN_C extern "C" {
#define TG_END_C }
#else
#define TG_BEGIN_C
#define TG_END_C
#endif

#define TG_EXPORT __attribute__((visibility("default")))

/** Marks a function of libtidegate.so.1. Whatever does not carry it is not exported. */
#define TG_API TG_EXPORT

/* The ABI is defined for 64-bit systems: every struct is the same there, with no padding. */
#ifdef __cplusplus
static_assert(sizeof(void *) == 8, "Tidegate needs a 64-bit system");
#else
_Static_assert(sizeof(void *) == 8, "Tidegate needs a 64-bit system");
#endif

/*
 * Thread tags. Each function and each callback carries exactly one:
 *   [any]      any thread, any time, also inside a callback; never blocks, never allocates
 *   [control]  any thread; may take the host's control lock for microseconds; not from a policy
 *   [worker]   called by Tidegate on a worker's thread, or inside tg_host_poll()
 *   [load]     called once while a plugin is loaded or taken down
 *   [wait]     any thread but one that runs a callback or the server's loop; may block as long as it says
 *
 * Structs. Each one that crosses begins with `uint32_t struct_size; uint32_t abi;`, set by TG_INIT. They only grow at the
 * end, and zero means the old behaviour. In requests and options a part that the library does not know must be zero, else
 * TG_E_TOO_NEW; in function tables, descriptors and events it is ignored. An out struct is written within its size.
 */

/** Zero or positive: done. Negative: one of TG_E_*, and tg_last_error() has the sentence. */
typedef int32_t tg_result;

/** UTF-8 text, not ended by a zero. Borrowed for the call unless the comment says otherwise. */
typedef struct tg_str {
  const char *ptr; /**< may be NULL when len is 0 */
  uint64_t len;    /**< bytes */
} tg_str;

/** The right of a session to exist: index and generation. 0 is no ticket and always safe to release. */
typedef uint64_t tg_ticket;

/** A text literal as a tg_str. */
#ifdef __cplusplus
#define TG_STR(literal) (tg_str{literal, sizeof(literal) - 1})
#else
#define TG_STR(literal) ((tg_str){literal, sizeof(literal) - 1})
#endif

/** A struct of the given type, all zero but for its head: `tg_request request = TG_INIT(tg_request);` */
#ifdef __cplusplus
template <class T>
inline T tg_init_struct(uint32_t abi) {
  T value = T();
  value.struct_size = sizeof(T);
  value.abi = abi;
  return value;
}
#define TG_INIT(type) (tg_init_struct<type>(TG_EMBED_ABI))
#else
#define TG_INIT(type) ((type){.struct_size = sizeof(type), .abi = TG_EMBED_ABI})
#endif

TG_BEGIN_C

/**
 * The sentence that goes with the last negative result on this thread: what was wrong and what to do about it.
 * Returns: text that stays until the next failing call on this thread; empty when none has failed.
 * Threads: [any]
 */
TG_API tg_str tg_last_error(void);

TG_END_C

#endif /* TIDEGATE_BASE_H */

/* What every Tidegate header builds on: exports, the head of every struct, and the thread tags. */
#ifndef TIDEGATE_BASE_H
#define TIDEGATE_BASE_H

#include "tidegate/types.h"
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
 * Thread tags. Each function and each callback carries exactly one, with the state that it needs where that matters
 * ("[control, running]"):
 *   [any]      any thread, any time, also inside a callback; never blocks, never allocates
 *   [control]  any thread; may take the host's control lock for microseconds; inside a policy's call it is TG_E_REENTRANT
 *   [worker]   called by Tidegate on a worker's thread, or inside tg_host_poll()
 *   [load]     called once while a plugin is loaded or taken down
 *   [wait]     any thread but one that runs a callback or the server's loop; may block as long as it says
 * States of a plugin: created, from its create on; running, from its start until it is drained, then TG_E_CLOSING.
 *
 * Structs. Each one that crosses begins with `uint32_t struct_size; uint32_t abi;`, set by TG_INIT. They only grow at the
 * end, and zero means the old behaviour. In requests and options a part that the library does not know must be zero, else
 * TG_E_TOO_NEW; in function tables, descriptors and events it is ignored. An out struct is written within its size.
 */

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

/** The same for a struct of the plugin ABI. */
#ifdef __cplusplus
#define TG_PLUGIN_INIT(type) (tg_init_struct<type>(TG_PLUGIN_ABI))
#else
#define TG_PLUGIN_INIT(type) ((type){.struct_size = sizeof(type), .abi = TG_PLUGIN_ABI})
#endif

#endif /* TIDEGATE_BASE_H */

/* The base of every Tidegate header: export macros, the head of every struct, and the thread tags. */
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

/** Marks an exported function of libtidegate.so.1; all other symbols stay inside the library. */
#define TG_API TG_EXPORT

/* The ABI is defined for 64-bit systems: every struct is the same there, with no padding. */
#ifdef __cplusplus
static_assert(sizeof(void *) == 8, "Tidegate needs a 64-bit system");
#else
_Static_assert(sizeof(void *) == 8, "Tidegate needs a 64-bit system");
#endif

/*
 * Thread tags. Each function and each callback has exactly one tag, and with it the state that it needs, if any
 * ("[control, running]"):
 *   [any]      any thread at any time, also inside a callback; never blocks and never allocates
 *   [control]  any thread; may take the host's control lock for microseconds; inside a policy's call it is TG_E_REENTRANT
 *   [worker]   Tidegate calls it on a worker's thread, or inside tg_host_poll()
 *   [load]     Tidegate calls it once while it loads a plugin or takes it down
 *   [wait]     any thread except inside a callback or on the server's loop; may block as its comment says
 * States of a plugin: created, from its create on; running, from its start until it is drained. After that a call which needs
 * "running" is TG_E_CLOSING.
 *
 * Cancellation. A thread that is cancelled (pthread_cancel) inside a call is unwound at its next cancellation point after the call. A
 * thread with asynchronous cancellation has deferred cancellation after its first call.
 *
 * Structs. Each struct that crosses the ABI begins with `uint32_t struct_size; uint32_t abi;`, which TG_INIT sets. The library reads
 * `abi` as major and minor version and refuses another major version (TG_E_TOO_NEW). A struct only grows at its end, and
 * zero in a new member means the old behaviour. A member that the library does not know
 * 1. must be zero in requests and options, or else the call is TG_E_TOO_NEW;
 * 2. is ignored in function tables, descriptors and events.
 * The library writes an output struct within its struct_size.
 */

/** Makes a struct of the given type that is zero except for its head: `tg_request request = TG_INIT(tg_request);` */
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

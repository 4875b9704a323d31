/* The entry of a plugin: the one symbol that it exports. A plugin links no library of Tidegate; the host hands it function tables. */
#ifndef TIDEGATE_ENTRY_H
#define TIDEGATE_ENTRY_H

#include <stddef.h>

#include "tidegate/base.h"
#include "tidegate/note.h"
#include "tidegate/plugin_host.h"

TG_BEGIN_C

/*
 * A plugin runs inside another author's server. It must not:
 *
 * 1. Throw. No function of a table, and no function that is given to call_later(), may let a C++ exception, a Rust panic or a
 *    longjmp out. The library catches an exception where it can go on: the call has failed, and it is a fault of the plugin that
 *    an event names (25184). While the file is mapped or unmapped it cannot, and the process ends with the plugin's name in the
 *    last line on standard error. An exception in a thread of the plugin's own ends the process as C++ has it.
 * 2. End a thread of the host: no pthread_exit, and no cancellation of a thread that it has not made.
 * 3. End the process: no exit, quick_exit, _exit, abort.
 * 4. Fork a child that goes on with the server's code; fork and exec at once, or posix_spawn.
 * 5. Leave a thread running when `stop` has returned: stop joins the plugin's threads.
 * 6. Leave an address of itself behind: keys of threads (pthread_key_create, tss_create), thread-local objects with destructors in
 *    threads of the host, handlers of signals and timers, on_exit, callbacks in other libraries. A plugin that does none of it may
 *    declare TG_NOTE_MAY_UNMAP (tidegate/note.h), and is unmapped then; any other stays mapped.
 * 7. Change what belongs to the process: handlers and masks of signals, the floating-point environment (fenv), locale, working
 *    directory, umask, limits, standard descriptors.
 * 8. Hang. A call that does not come back delays only the plugin, is named by events (25185, 25189, 25191), and is given up when
 *    the host ends: the plugin stays then, with all that it has, until the process ends.
 */

/**
 * A plugin. Life: create, start, (work), stop, destroy; when start fails, destroy follows at once. The table stays unchanged
 * as long as the file is loaded. Members may be NULL but for `extension`.
 */
typedef struct tg_plugin_entry {
  uint32_t struct_size;
  uint32_t abi;          /**< TG_PLUGIN_ABI it was compiled against */
  uint32_t min_host_abi; /**< the oldest host it works with, such as TG_ABI(0, 9) */
  uint32_t reserved0;    /**< 0 */
  tg_str id;             /**< reverse domain name, such as "org.tidegate.limits"; one in a host */
  tg_str version;        /**< the vendor's own */

  /**
   * Makes an instance from its configuration.
   * Returns: TG_OK and `*instance`; else a negative result, after host->fail() with the sentence for it.
   * Threads: [load]
   * @param config a JSON object, borrowed for the call
   */
  tg_result (*create)(const tg_plugin_host *host, tg_str config, void **instance);

  /** The function table of a role, such as TG_ROLE_ADMISSION, or NULL when the plugin does not fill it. It stays as long as
   *  the instance. Threads: [load] */
  const void *(*extension)(void *instance, tg_str role);

  /** Gets ready to work; nothing of the plugin is called before it. Threads: [load] */
  tg_result (*start)(void *instance);

  /** Gets ready to go: its roles are not called any more. Threads: [load] */
  void (*stop)(void *instance);

  /** Frees the instance. Threads: [load] */
  void (*destroy)(void *instance);
} tg_plugin_entry;

/** The name of the symbol, the major version of whose type is in it. */
#define TG_PLUGIN_SYMBOL "tidegate_plugin_v1"

/** Declares the symbol: `TG_PLUGIN_ENTRY = {sizeof(tg_plugin_entry), …};`. TG_PLUGIN does that and the note in one. */
#ifdef __cplusplus
#define TG_PLUGIN_ENTRY extern "C" TG_EXPORT const tg_plugin_entry tidegate_plugin_v1
#else
#define TG_PLUGIN_ENTRY TG_EXPORT const tg_plugin_entry tidegate_plugin_v1
#endif

/**
 * Declares a plugin, at the end of one of its files:
 * `TG_PLUGIN("com.example.night", "1.0", TG_ABI(0, 9), TG_ROLE_ADMISSION, create, extension, start, stop, destroy);`
 *
 * Text literals: id, a reverse domain name; the vendor's version; and the roles, with a space between two. Then the oldest
 * host it works with, before the roles; and the functions of tg_plugin_entry, NULL where there is none. A plugin fills each role
 * that it names, and names one at least that its host knows, or is granted control.
 */
#define TG_PLUGIN(plugin_id, plugin_version, oldest_host, plugin_roles, create, extension, start, stop, destroy) \
  TG_PLUGIN_WITH(0u, plugin_id, plugin_version, oldest_host, plugin_roles, create, extension, start, stop, destroy)

/** The same with flags in its note, such as TG_NOTE_MAY_UNMAP. */
#define TG_PLUGIN_WITH(flags, plugin_id, plugin_version, oldest_host, plugin_roles, create, extension, start, stop, destroy) \
  TG_PLUGIN_NOTE_WITH(flags, plugin_id, plugin_version, oldest_host, plugin_roles);                                     \
  TG_PLUGIN_ENTRY = {sizeof(tg_plugin_entry), TG_PLUGIN_ABI, oldest_host, 0, {plugin_id, sizeof(plugin_id) - 1},        \
                     {plugin_version, sizeof(plugin_version) - 1}, create, extension, start, stop, destroy}

TG_END_C

#endif /* TIDEGATE_ENTRY_H */

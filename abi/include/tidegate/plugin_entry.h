/* The entry of a plugin: the one symbol that a plugin exports. A plugin links no library of Tidegate; the host gives it function tables. */
#ifndef TIDEGATE_PLUGIN_ENTRY_H
#define TIDEGATE_PLUGIN_ENTRY_H

#include <stddef.h>

#include "tidegate/base.h"
#include "tidegate/plugin_note.h"
#include "tidegate/plugin_host.h"

TG_BEGIN_C

/*
 * A plugin runs inside another author's server. It must not:
 *
 * 1. Throw. No C++ exception, Rust panic or longjmp may leave a function of a table or a function that was given to call_later().
 *    The library catches an exception where it can: the call then has failed, and event 25184 reports a fault of the plugin. An
 *    exception while the file is being mapped or unmapped ends the process, and the last line on standard error names the plugin.
 *    An exception in a thread of the plugin ends the process, as the rules of C++ say.
 * 2. End a thread of the host: no pthread_exit, and no cancellation of a thread that the plugin has not started.
 * 3. End the process: no exit, quick_exit, _exit, abort.
 * 4. Fork a child that goes on with the server's code; fork and exec at once, or posix_spawn.
 * 5. Leave a thread running when `stop` has returned: stop joins the plugin's threads.
 * 6. Leave an address of itself behind: keys of threads (pthread_key_create, tss_create), thread-local objects with destructors in
 *    threads of the host, handlers of signals and timers, on_exit, callbacks in other libraries. A plugin that leaves no address
 *    behind may declare TG_NOTE_MAY_UNMAP (tidegate/plugin_note.h), and its file is unmapped at the end; all other files stay mapped.
 * 7. Change the state of the process: handlers and masks of signals, the floating-point environment (fenv), locale, working
 *    directory, umask, limits, standard descriptors.
 * 8. Hang. A call that does not return delays only the plugin, and events name it (25185, 25189, 25191). The end of the host gives
 *    the call up: the plugin with its memory and threads then stays until the process ends.
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
  tg_str id;             /**< reverse domain name, such as "org.tidegate.limits"; unique in a host */
  tg_str version;        /**< the vendor's version of the plugin */

  /**
   * Makes an instance from its configuration.
   * Returns: TG_OK with `*instance` set; or a negative result, after a call of host->fail() with the sentence for it.
   * Threads: [load]
   * @param config a JSON object, borrowed for the call
   */
  tg_result (*create)(const tg_plugin_host *host, tg_str config, void **instance);

  /** Returns the function table of a role, such as TG_ROLE_ADMISSION, or NULL when the plugin does not fill the role. The table is
   *  valid as long as the instance. Threads: [load] */
  const void *(*extension)(void *instance, tg_str role);

  /** Prepares the instance for work. Before it the host calls only `create`, `extension` and, for an heir, `adopt`.
   *  Threads: [load] */
  tg_result (*start)(void *instance);

  /** Ends the work of the instance; the host calls no function of a role any more. Threads: [load] */
  void (*stop)(void *instance);

  /** Frees the instance. Threads: [load] */
  void (*destroy)(void *instance);
} tg_plugin_entry;

/** The name of the symbol; it contains the major version of the symbol's type. */
#define TG_PLUGIN_SYMBOL "tidegate_plugin_v1"

/** Declares the symbol: `TG_PLUGIN_ENTRY = {sizeof(tg_plugin_entry), …};`. TG_PLUGIN declares both the symbol and the note. */
#ifdef __cplusplus
#define TG_PLUGIN_ENTRY extern "C" TG_EXPORT const tg_plugin_entry tidegate_plugin_v1
#else
#define TG_PLUGIN_ENTRY TG_EXPORT const tg_plugin_entry tidegate_plugin_v1
#endif

/**
 * Declares a plugin, at the end of one of its files:
 * `TG_PLUGIN("com.example.night", "1.0", TG_ABI(0, 9), TG_ROLE_ADMISSION, create, extension, start, stop, destroy);`
 *
 * The id (a reverse domain name), the version and the roles (separated by spaces) are text literals. The third argument is the
 * oldest host that the plugin works with; the last five are functions of tg_plugin_entry, or NULL. A plugin must fill each role
 * that it names, and must name a role that its host knows unless the server grants it control.
 */
#define TG_PLUGIN(plugin_id, plugin_version, oldest_host, plugin_roles, create, extension, start, stop, destroy) \
  TG_PLUGIN_WITH(0u, plugin_id, plugin_version, oldest_host, plugin_roles, create, extension, start, stop, destroy)

/** Declares a plugin as TG_PLUGIN does, with flags in its note, such as TG_NOTE_MAY_UNMAP. */
#define TG_PLUGIN_WITH(flags, plugin_id, plugin_version, oldest_host, plugin_roles, create, extension, start, stop, destroy) \
  TG_PLUGIN_NOTE_WITH(flags, plugin_id, plugin_version, oldest_host, plugin_roles);                                     \
  TG_PLUGIN_ENTRY = {sizeof(tg_plugin_entry), TG_PLUGIN_ABI, oldest_host, 0, {plugin_id, sizeof(plugin_id) - 1},        \
                     {plugin_version, sizeof(plugin_version) - 1}, create, extension, start, stop, destroy}

TG_END_C

#endif /* TIDEGATE_PLUGIN_ENTRY_H */

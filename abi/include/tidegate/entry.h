/* The one symbol that a plugin exports. A plugin links nothing: all it needs comes in as function tables. */
#ifndef TIDEGATE_ENTRY_H
#define TIDEGATE_ENTRY_H

#include <stddef.h>

#include "tidegate/base.h"
#include "tidegate/note.h"
#include "tidegate/plugin_host.h"

TG_BEGIN_C

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
   * Returns: TG_OK and `*instance`; else a negative result, said to be why by host->fail().
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
 * host it works with, before the roles; and the functions of tg_plugin_entry, NULL where there is none.
 */
#define TG_PLUGIN(plugin_id, plugin_version, oldest_host, plugin_roles, create, extension, start, stop, destroy)        \
  TG_PLUGIN_NOTE(plugin_id, plugin_version, oldest_host, plugin_roles);                                                 \
  TG_PLUGIN_ENTRY = {sizeof(tg_plugin_entry), TG_PLUGIN_ABI, oldest_host, 0, {plugin_id, sizeof(plugin_id) - 1},        \
                     {plugin_version, sizeof(plugin_version) - 1}, create, extension, start, stop, destroy}

TG_END_C

#endif /* TIDEGATE_ENTRY_H */

/* Plugins of a host, as its server and operators see them: load, replace, reconfigure, unload, list. */
#ifndef TIDEGATE_PLUGINS_H
#define TIDEGATE_PLUGINS_H

#include "tidegate/base.h"
#include "tidegate/drain.h"
#include "tidegate/vocabulary/metric_kind.h"
#include "tidegate/vocabulary/plugin_state.h"

TG_BEGIN_C

typedef struct tg_host tg_host;

/* What a plugin may be granted. */
#define TG_GRANT_OPERATE 1u /**< to operate services: ext/draft/control.h */

typedef struct tg_plugin_options {
  uint32_t struct_size;
  uint32_t abi;
  tg_str path;             /**< absolute path of the file, without a symbolic link in it */
  tg_str config;           /**< a JSON object as the plugin documents it; empty: {} */
  tg_str sha256;           /**< required SHA-256 of the file, 64 hexadecimal digits; empty: any. A reload keeps the old value; after an
                                update of the file the server loads the plugin with the new one */
  uint32_t grants;         /**< TG_GRANT_* */
  uint32_t reserved0;      /**< 0 */
  uint64_t hook_limit_ns;  /**< longest wait of a lifecycle step for this plugin; 0: 10 s; at most one day, as all times below */
  uint64_t slow_after_ns;  /**< a longer call of its policy is a fault; 0: 100 ms */
  uint64_t hang_after_ns;  /**< a call of its policy hangs after this time, any other call after five times this time; 0: 1 s */
  uint64_t drain_limit_ns; /**< longest wait, in all, for its calls in progress when it is drained; 0: 5 s */
  uint64_t out_for_ns;     /**< time without its policy after too many faults, doubled each time up to the 32-fold; 0: 10 s */
  uint32_t faults;         /**< number of faults within a minute that are too many; 0: 5 */
  uint32_t reserved1;      /**< 0 */
  tg_str actor;            /**< the requesting actor, as in tg_action; event 25180 names it */
  tg_str reason;           /**< as in tg_action */
} tg_plugin_options;

/** A plugin at one moment; the texts are borrowed for the call. */
typedef struct tg_plugin_info {
  uint32_t struct_size;
  uint32_t abi;
  tg_str id;
  tg_str version;
  tg_str path;
  tg_str roles;           /**< separated by spaces */
  uint32_t state;         /**< TG_PLUGIN_STATE_* */
  uint32_t reserved0;
  uint64_t since_ns;      /**< time since the state last changed */
  uint64_t sessions;      /**< live sessions that its policy has admitted */
  uint64_t faults;        /**< faults of its calls so far */
  uint64_t asked_sampled; /**< timed calls of its policy: 1 in 256 */
  uint64_t asked_mean_ns; /**< mean duration of the timed calls */
  uint64_t asked_max_ns;
  uint64_t events_behind; /**< events that its sink has still to take */
  tg_str last_fault;      /**< description of the last fault; empty: none */
} tg_plugin_info;

/** Takes one plugin, which is borrowed for the call. Threads: [control]; the caller's thread. */
typedef void (*tg_plugin_fn)(void *user, const tg_plugin_info *plugin);

/** A metric of a plugin; borrowed for the call. */
typedef struct tg_metric_info {
  uint32_t struct_size;
  uint32_t abi;
  tg_str plugin;  /**< id of the plugin */
  tg_str name;
  tg_str unit;
  tg_str help;
  uint32_t kind;  /**< TG_METRIC_* */
  uint32_t reserved0;
  uint64_t age_ns; /**< time since the plugin reported it */
  double value;
} tg_metric_info;

/** Takes one metric, which is borrowed for the call. Threads: [control]; the caller's thread. */
typedef void (*tg_metric_fn)(void *user, const tg_metric_info *metric);

/**
 * Loads a plugin from a shared library and starts it (25180). When the load fails, no part of the plugin stays and the host goes on.
 *
 * The host reads the file's note (tidegate/plugin_note.h) before any code of the plugin runs, and refuses a file
 * 1. that is not a plugin, or that needs a version of the ABI which this host does not have;
 * 2. whose id is the id of a loaded plugin;
 * 3. that is denied (tg_host_options), or whose hash is not the pinned one;
 * 4. that names a role without filling it;
 * 5. that fills no role of this host and is granted nothing. Event 25180 lists roles that this host does not know.
 *
 * Trust: the file and its folders must belong to root or to the user of this process, and no other user may be able to write to them,
 * apart from folders with the sticky bit. The host copies the file into sealed memory, then checks, hashes and loads that copy, whatever
 * is written to the file meanwhile. The same rules hold for libraries that the plugin needs from outside the system's folders, and for
 * the folders in which the loader looks for them. As the plugin is loaded from a copy, $ORIGIN in its own search path is not its folder:
 * use an absolute path. The host refuses a file on a file system that is mounted noexec, a file that asks for an executable stack, and a
 * file with text relocations.
 *
 * A thread of the host calls the plugin. The destruction of the host does not wait for such a call beyond its bound (tg_host_destroy):
 * then this function is TG_E_CLOSING, as are the functions below.
 * Returns: TG_OK; TG_E_INVALID, also when the configuration does not match the plugin's schema; TG_E_NOT_PLUGIN, TG_E_ABI, TG_E_TRUST,
 *   TG_E_PLUGIN, TG_E_EXISTS, TG_E_LIMIT, TG_E_SYSTEM with a sentence; TG_E_REENTRANT inside a call of a plugin.
 * Threads: [wait]
 * Blocks: as long as the plugin's create and start take.
 */
TG_API tg_result tg_plugin_load(tg_host *host, const tg_plugin_options *options);

/**
 * Replaces a plugin on the running host (25181), without losing an admission:
 * 1. A new instance is made from the file that is at the plugin's path now.
 * 2. It adopts the live sessions that the old instance has admitted, and is asked in place of the old one.
 * 3. When the calls in progress of the old instance have returned, the old instance is told that those sessions are released, and is
 *    stopped and destroyed.
 * When the new instance cannot be made or started, the old one goes on unchanged.
 * Returns: TG_OK; TG_RETAINED when the plugin is replaced and the old file stays mapped, as 25182 says; TG_E_NOT_FOUND; the errors of
 *   tg_plugin_load(), with the old instance unchanged; TG_E_TIMEOUT when a policy's call in progress does not return.
 * Threads: [wait]
 * Blocks: as long as create, start, stop and destroy take, and up to `drain_limit_ns` for calls in progress; with many sessions longer:
 *   about 100 ms for a million.
 * @param config configuration of the new instance; with ptr NULL the configuration of the old one
 */
TG_API tg_result tg_plugin_reload(tg_host *host, tg_str id, tg_str config);

/**
 * Gives a running plugin a new configuration (25190) that matches its schema; later reloads use it.
 * Returns: TG_OK; TG_E_NOT_FOUND; TG_E_INVALID; TG_E_STATE when the plugin has no `reconfigure`; TG_E_PLUGIN with the plugin's sentence when
 *   the plugin rejects it and goes on unchanged; TG_E_REENTRANT.
 * Threads: [wait]
 * Blocks: as long as the plugin's reconfigure takes.
 */
TG_API tg_result tg_plugin_reconfigure(tg_host *host, tg_str id, tg_str config);

/** Does the same as tg_plugin_reload(); the event names the action's actor and reason. `action` may be NULL. Threads: [wait] */
TG_API tg_result tg_plugin_reload_by(tg_host *host, tg_str id, tg_str config, const tg_action *action);

/** Does the same as tg_plugin_reconfigure(); the event names the action's actor and reason. `action` may be NULL. Threads: [wait] */
TG_API tg_result tg_plugin_reconfigure_by(tg_host *host, tg_str id, tg_str config, const tg_action *action);

/**
 * Drains a plugin and unloads it (25183): its policy is asked no more and is told that the sessions it admitted are released. When its
 * calls in progress have returned, the plugin is stopped and destroyed. Its file is unmapped if the file's note allows it
 * (TG_NOTE_MAY_UNMAP).
 * Returns: TG_OK; TG_RETAINED when the file stays mapped, as 25182 says; TG_E_NOT_FOUND; TG_E_REENTRANT.
 * Threads: [wait]
 * Blocks: as tg_plugin_reload().
 */
TG_API tg_result tg_plugin_unload(tg_host *host, tg_str id);

/** Does the same as tg_plugin_unload(); the event names the action's actor and reason. `action` may be NULL. Threads: [wait] */
TG_API tg_result tg_plugin_unload_by(tg_host *host, tg_str id, const tg_action *action);

/** Calls `fn` with every plugin, in the order of loading. Returns: the number of plugins. Threads: [control] */
TG_API tg_result tg_host_plugins(tg_host *host, tg_plugin_fn fn, void *user);

/**
 * Calls `fn` with every metric that the plugins have reported. When the last report of a plugin is more than a second old, the plugin is
 * asked for a new one, and the call waits for it for 100 ms in all; inside a callback and on the server's loop it does not wait and shows
 * the last report.
 * Returns: the number of metrics. Threads: [control]
 */
TG_API tg_result tg_host_metrics(tg_host *host, tg_metric_fn fn, void *user);

TG_END_C

#endif /* TIDEGATE_PLUGINS_H */

/* Plugins of a host, as its server and operators see them: load, replace, reconfigure, take out, look. */
#ifndef TIDEGATE_PLUGINS_H
#define TIDEGATE_PLUGINS_H

#include "tidegate/base.h"
#include "tidegate/drain.h"
#include "tidegate/metric_kind.h"
#include "tidegate/plugin_state.h"

TG_BEGIN_C

typedef struct tg_host tg_host;

/* What a plugin may be granted. */
#define TG_GRANT_CONTROL 1u /**< to operate services: ext/draft/control.h */

typedef struct tg_plugin_options {
  uint32_t struct_size;
  uint32_t abi;
  tg_str path;             /**< absolute path of the file itself, with no link in it */
  tg_str config;           /**< a JSON object as the plugin documents it; empty: {} */
  tg_str sha256;           /**< the file must have this SHA-256, 64 hexadecimal digits; empty: any. After an update the server
                                says the new one: a reload keeps to the old */
  uint32_t grants;         /**< TG_GRANT_* */
  uint32_t reserved0;      /**< 0 */
  uint64_t hook_limit_ns;  /**< how long a lifecycle step waits for it; 0: 10 s; as the times below a day at most */
  uint64_t slow_after_ns;  /**< a call of its policy that takes longer is a fault; 0: 100 ms */
  uint64_t hang_after_ns;  /**< a call of its policy that has not come back after so long hangs, any other call of it after five
                                times as long; 0: 1 s */
  uint64_t drain_limit_ns; /**< how long its calls in progress are waited for when it is drained, in all; 0: 5 s */
  uint64_t out_for_ns;     /**< how long its policy is out when too many calls have failed, doubled each time up to 32 times as
                                long; 0: 10 s */
  uint32_t faults;         /**< so many within a minute are too many; 0: 5 */
  uint32_t reserved1;      /**< 0 */
  tg_str actor;            /**< who asks for it, as in tg_action; 25180 has it */
  tg_str reason;           /**< why */
} tg_plugin_options;

/** A plugin at one moment; the texts are borrowed for the call. */
typedef struct tg_plugin_info {
  uint32_t struct_size;
  uint32_t abi;
  tg_str id;
  tg_str version;
  tg_str path;
  tg_str roles;           /**< with a space between two */
  uint32_t state;         /**< TG_PLUGIN_STATE_* */
  uint32_t reserved0;
  uint64_t since_ns;      /**< how long the state has been what it is */
  uint64_t sessions;      /**< live ones that its policy has said yes to */
  uint64_t faults;        /**< of its calls, so far */
  uint64_t asked_sampled; /**< calls of its policy that were timed: 1 in 256 */
  uint64_t asked_mean_ns; /**< how long those took */
  uint64_t asked_max_ns;
  uint64_t events_behind; /**< events that its sink has still to take */
  tg_str last_fault;      /**< what the last was; empty: none */
} tg_plugin_info;

/** Takes a plugin; borrowed for the call. Threads: [control]; the caller's. */
typedef void (*tg_plugin_fn)(void *user, const tg_plugin_info *plugin);

/** A figure that a plugin told; borrowed for the call. */
typedef struct tg_metric_info {
  uint32_t struct_size;
  uint32_t abi;
  tg_str plugin;  /**< its id */
  tg_str name;
  tg_str unit;
  tg_str help;
  uint32_t kind;  /**< TG_METRIC_* */
  uint32_t reserved0;
  uint64_t age_ns; /**< since it was told */
  double value;
} tg_metric_info;

/** Takes a figure; borrowed for the call. Threads: [control]; the caller's. */
typedef void (*tg_metric_fn)(void *user, const tg_metric_info *metric);

/**
 * Loads a plugin from a shared library and starts it (25180). When it fails, nothing of it is left behind and the host goes on.
 *
 * Before any of its code runs the file's note (tidegate/note.h) is read: what is no plugin, is of a version that this host
 * cannot work with, has the id of one that is loaded, is denied (tg_host_options) or not the one that is pinned, is refused.
 * So is a plugin that names a role and does not fill it, or fills none that this host knows and is granted nothing; roles that
 * this host does not know are said in 25180.
 *
 * File and folders must belong to root or to the user of this process, and nobody else may write them, but for folders with
 * the sticky bit. The file is copied into memory that is sealed, and that copy is looked at, hashed and loaded, whatever is
 * written to the file meanwhile; a file on a file system that is mounted noexec is refused. Libraries that the plugin brings
 * along from outside the system's folders must be as its own file is, and the folders in which they are looked for too; as the
 * plugin is loaded from a copy, $ORIGIN in a search path of its own is not its folder: give an absolute one. A file that asks for
 * an executable stack, or has text relocations, is refused.
 *
 * Calls of the plugin are made on a thread of the host's. A host that is destroyed meanwhile does not wait for them beyond its
 * bound (tg_host_destroy): then this call is TG_E_CLOSING, and so are the others below.
 * Returns: TG_OK; TG_E_INVALID, also when its configuration is not as its schema says; TG_E_NOT_PLUGIN, TG_E_ABI, TG_E_TRUST,
 *   TG_E_PLUGIN, TG_E_EXISTS, TG_E_LIMIT, TG_E_SYSTEM with a sentence; TG_E_REENTRANT from inside a call of a plugin.
 * Threads: [wait]
 * Blocks: as long as the plugin's create and start take.
 */
TG_API tg_result tg_plugin_load(tg_host *host, const tg_plugin_options *options);

/**
 * Replaces a plugin on the running host (25181): a new instance is made from the file that is at its path now and given the
 * live sessions that the old one has said yes to, then it is asked in its place; once the old one's calls in progress have
 * come back it is told that those sessions are released, stopped and destroyed. No admission is lost meanwhile. When the new
 * one cannot be made or started, the old one goes on as if nothing had been asked.
 * Returns: TG_OK; TG_RETAINED when it is done, but the old file stays mapped, as 25182 says; TG_E_NOT_FOUND; as
 *   tg_plugin_load(), with the old one as it was; TG_E_TIMEOUT when a policy's call in progress does not come back.
 * Threads: [wait]
 * Blocks: as long as create, start, stop and destroy take, and calls in progress up to `drain_limit_ns`; longer with sessions:
 *   about 100 ms for a million.
 * @param config what the new one is made from; its ptr NULL: as the old one
 */
TG_API tg_result tg_plugin_reload(tg_host *host, tg_str id, tg_str config);

/**
 * Gives a running plugin a new configuration (25190), which its schema must allow; a later reload keeps to it.
 * Returns: TG_OK; TG_E_NOT_FOUND; TG_E_INVALID; TG_E_STATE when it has no `reconfigure`; TG_E_PLUGIN with its reason, and it goes
 *   on as it was; TG_E_REENTRANT.
 * Threads: [wait]
 * Blocks: as long as its reconfigure takes.
 */
TG_API tg_result tg_plugin_reconfigure(tg_host *host, tg_str id, tg_str config);

/** The same as tg_plugin_reload(), with who asks and why for the event. `action` may be NULL. Threads: [wait] */
TG_API tg_result tg_plugin_reload_by(tg_host *host, tg_str id, tg_str config, const tg_action *action);

/** The same as tg_plugin_reconfigure(), with who asks and why for the event. `action` may be NULL. Threads: [wait] */
TG_API tg_result tg_plugin_reconfigure_by(tg_host *host, tg_str id, tg_str config, const tg_action *action);

/**
 * Drains a plugin and takes it out (25183): its policy is asked no more, is told that the sessions it said yes to are released,
 * and once its calls in progress have come back it is stopped and destroyed, and its file unmapped if its note declares that it
 * may be (TG_NOTE_MAY_UNMAP).
 * Returns: TG_OK; TG_RETAINED when the file stays mapped, as 25182 says; TG_E_NOT_FOUND; TG_E_REENTRANT.
 * Threads: [wait]
 * Blocks: as tg_plugin_reload().
 */
TG_API tg_result tg_plugin_unload(tg_host *host, tg_str id);

/** The same as tg_plugin_unload(), with who asks and why for the event. `action` may be NULL. Threads: [wait] */
TG_API tg_result tg_plugin_unload_by(tg_host *host, tg_str id, const tg_action *action);

/** Calls `fn` with every plugin, in the order they were loaded. Returns: how many. Threads: [control] */
TG_API tg_result tg_host_plugins(tg_host *host, tg_plugin_fn fn, void *user);

/** Calls `fn` with every figure that plugins have told, and has them asked again when the last time is a second ago. Waits for that
 *  up to 100 ms in all, but not inside a callback and not on the server's loop: there figures are those of the call before.
 *  Returns: how many. Threads: [control] */
TG_API tg_result tg_host_metrics(tg_host *host, tg_metric_fn fn, void *user);

TG_END_C

#endif /* TIDEGATE_PLUGINS_H */

/* The host: the owner of a process's services, plugins and events. */
#ifndef TIDEGATE_HOST_H
#define TIDEGATE_HOST_H

#include "tidegate/base.h"
#include "tidegate/vocabulary/format.h"
#include "tidegate/vocabulary/loop.h"

TG_BEGIN_C

typedef struct tg_host tg_host;
typedef struct tg_service tg_service;

typedef struct tg_host_options {
  uint32_t struct_size;
  uint32_t abi;
  tg_str name;              /**< 1 to 63 characters of A-Z a-z 0-9 . _ -, not beginning with a dot; operators select the host by it */
  uint32_t loop;            /**< TG_LOOP_* */
  uint32_t log_format;      /**< TG_FORMAT_* of the built-in log */
  tg_str log_path;          /**< file to append to; empty: standard error */
  uint64_t session_capacity; /**< limit of sessions of all services together, 1 to 16,777,215; 0: 1,048,576. It reserves address space, not
                                  memory. */
  tg_str state_directory;    /**< absolute path of the directory that keeps holds, so that a held service comes back Paused after a
                                  restart or a crash. A missing directory is made with mode 0700. It must belong to this user, no
                                  other user may write to it, and one host at a time uses it. Empty: holds end with the process. */
  const tg_str *denied_plugins; /**< plugins that are not to be loaded: ids, or "sha256:" and 64 hexadecimal digits; copied */
  uint64_t denied_count;
} tg_host_options;

/*
 * fork(): a host belongs to the process that made it. In a child process each call on the host or its services is TG_E_FORKED and
 * changes nothing; the child can make a host of its own. Make hosts after the last fork where possible.
 */

/**
 * Makes a host. With TG_LOOP_STEWARD this call starts the host's threads; with TG_LOOP_POLL the server calls tg_host_poll().
 * Returns: TG_OK; TG_E_INVALID; TG_E_TOO_NEW; TG_E_EXISTS when another host uses the state directory; TG_E_SYSTEM; TG_E_NO_MEMORY.
 * Threads: [control]
 * Owns: the caller, until tg_host_destroy().
 */
TG_API tg_result tg_host_create(const tg_host_options *options, tg_host **host);

/**
 * Destroys the host: stops the services that still run, delivers the last events, ends waits (TG_E_CLOSING) and subscriptions, takes
 * the plugins down and frees all memory.
 * Returns:
 *   TG_OK, also for NULL.
 *   TG_RETAINED when a callback, a plugin, the disk of the state directory or the reader of the log has not returned in time. The host
 *   is gone for the caller and calls no callback any more; its memory stays for the thread that hangs; an event and the last line of
 *   the log name the call that hangs.
 *   TG_E_BUSY, with nothing changed, while sessions or entries are live or a control socket is open; the sentence names which. For a
 *   session that was admitted during this call TG_E_BUSY leaves the services stopped.
 *   TG_E_MISUSE inside a callback.
 * Threads: [wait]; no other thread may begin a call on this host meanwhile. A tg_release() or a wait that has begun may end.
 * Blocks: for 10 s at the most, and usually until callbacks in progress have returned: 4 s for callbacks of services, 7 s together
 *   with all other threads. With TG_LOOP_POLL the server's own callbacks run on this thread, and their time adds to the bound.
 */
TG_API tg_result tg_host_destroy(tg_host *host);

/**
 * Returns the descriptor of a host with TG_LOOP_POLL, or TG_E_MISUSE with TG_LOOP_STEWARD. The descriptor is readable when
 * tg_host_poll() has work to do; the host owns it.
 * Threads: [control]
 */
TG_API int32_t tg_host_fd(tg_host *host);

/**
 * Runs the due work of a host with TG_LOOP_POLL on this thread: transitions, timers and callbacks. The call itself waits for nothing,
 * and never for a disk. A slow callback of the server delays all work that is due after it: the callbacks, timers and events of every
 * service of the host. A server with slow callbacks uses TG_LOOP_STEWARD, where no service waits for another service's callbacks.
 * Returns: TG_OK; TG_E_MISUSE with TG_LOOP_STEWARD or inside a callback.
 * Threads: [control]; always the same thread.
 */
TG_API tg_result tg_host_poll(tg_host *host);

/**
 * Loads a plugin as tg_plugin_load() does, with a path, a configuration and otherwise default options.
 * Returns: as tg_plugin_load().
 * Threads: [wait]
 */
TG_API tg_result tg_host_load_plugin(tg_host *host, tg_str path, tg_str config);

/** Finds a service by its name. Returns: TG_OK or TG_E_NOT_FOUND. Threads: [control] */
TG_API tg_result tg_host_service(tg_host *host, tg_str name, tg_service **service);

/** Calls `fn` with every service, in the order of creation, on this thread. Threads: [control] */
TG_API tg_result tg_host_services(tg_host *host, void (*fn)(void *user, tg_service *service), void *user);

/** Returns the name of the host; the text is valid as long as the host. Threads: [any] */
TG_API tg_str tg_host_name(tg_host *host);

/** Returns the version of the library, such as "0.9.0"; the text is valid for ever. Threads: [any] */
TG_API tg_str tg_version(void);

TG_END_C

#endif /* TIDEGATE_HOST_H */

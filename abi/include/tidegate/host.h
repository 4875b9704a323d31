/* The host: the process's one owner of services, plugins, events and the clock. */
#ifndef TIDEGATE_HOST_H
#define TIDEGATE_HOST_H

#include "tidegate/base.h"
#include "tidegate/format.h"
#include "tidegate/loop.h"

TG_BEGIN_C

typedef struct tg_host tg_host;
typedef struct tg_service tg_service;

typedef struct tg_host_options {
  uint32_t struct_size;
  uint32_t abi;
  tg_str name;              /**< 1 to 63 of A-Z a-z 0-9 . _ -, not starting with a dot: operators find the host by it */
  uint32_t loop;            /**< TG_LOOP_* */
  uint32_t log_format;      /**< TG_FORMAT_* of the built-in log */
  tg_str log_path;          /**< file to append to; empty: standard error */
  uint64_t session_capacity; /**< sessions of all services together, 1 to 16,777,215; 0: 1,048,576. Reserved, not touched. */
  tg_str state_directory;    /**< absolute; where holds are kept, so that a service that is held comes back Paused after a restart or a
                                  crash; made with mode 0700 if missing; must be this user's, and nobody else may write to it; one
                                  host at a time. Empty: nothing outlives the process. */
  const tg_str *denied_plugins; /**< not to be loaded: ids, or "sha256:" and 64 hexadecimal digits; copied */
  uint64_t denied_count;
} tg_host_options;

/*
 * fork(): a host belongs to the process that made it. In a child, each call on it or on its services is TG_E_FORKED, with
 * nothing changed; the child makes a host of its own. Make hosts after the last fork where you can.
 */

/**
 * Makes a host. With TG_LOOP_STEWARD its threads start here; with TG_LOOP_POLL the server turns it.
 * Returns: TG_OK; TG_E_INVALID; TG_E_TOO_NEW; TG_E_EXISTS when another host uses the state directory; TG_E_SYSTEM; TG_E_NO_MEMORY.
 * Threads: [control]
 * Owns: the caller, until tg_host_destroy().
 */
TG_API tg_result tg_host_create(const tg_host_options *options, tg_host **host);

/**
 * Stops the services that still run, delivers the last events, ends waits (TG_E_CLOSING) and subscriptions, takes the plugins down and
 * frees everything.
 * Returns: TG_OK, also for NULL; TG_RETAINED when a callback, a plugin, the disk of the state directory or the reader of the log
 *   has not come back in time: the host is gone for the caller, none of its callbacks is called any more, its memory stays for
 *   the thread that hangs, and an event and the last line of the log name what hangs; TG_E_BUSY with nothing changed when sessions or entries are live or a control socket is open:
 *   the sentence says which; TG_E_MISUSE from inside a callback. A session admitted while it is being destroyed also makes it
 *   TG_E_BUSY, with the services stopped by then.
 * Threads: [wait]; meanwhile no other thread may begin a call of this host. A tg_release() or a wait that has begun may end.
 * Blocks: 10 s at most, and usually until callbacks in progress have returned: 4 s for callbacks of the services, 7 s with all
 *   other threads. With TG_LOOP_POLL the server's own callbacks run on this thread: their time comes on top of that.
 */
TG_API tg_result tg_host_destroy(tg_host *host);

/**
 * TG_LOOP_POLL: the descriptor that becomes readable when tg_host_poll() has something to do.
 * Returns: the descriptor, owned by the host; TG_E_MISUSE with the steward.
 * Threads: [control]
 */
TG_API int32_t tg_host_fd(tg_host *host);

/**
 * TG_LOOP_POLL: does what is due (transitions, timers, callbacks) on this thread. It waits for nothing itself, and never for a disk;
 * but a callback of the server that takes long delays all that is due after it: the callbacks, timers and events of every service
 * of the host. A server whose callbacks may take long wants TG_LOOP_STEWARD, where no service waits for another's callbacks.
 * Returns: TG_OK; TG_E_MISUSE with the steward or from inside a callback.
 * Threads: [control]; always the same thread.
 */
TG_API tg_result tg_host_poll(tg_host *host);

/**
 * tg_plugin_load() with a path and a configuration, and nothing else said.
 * Returns: as that does.
 * Threads: [wait]
 */
TG_API tg_result tg_host_load_plugin(tg_host *host, tg_str path, tg_str config);

/** The service of that name. Returns: TG_OK or TG_E_NOT_FOUND. Threads: [control] */
TG_API tg_result tg_host_service(tg_host *host, tg_str name, tg_service **service);

/** Calls `fn` with every service, in the order they were made, on this thread. Threads: [control] */
TG_API tg_result tg_host_services(tg_host *host, void (*fn)(void *user, tg_service *service), void *user);

/** The name given at creation; stays as long as the host. Threads: [any] */
TG_API tg_str tg_host_name(tg_host *host);

/** The library's version, such as "0.9.0"; stays for ever. Threads: [any] */
TG_API tg_str tg_version(void);

TG_END_C

#endif /* TIDEGATE_HOST_H */

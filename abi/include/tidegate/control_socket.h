/* The control socket, over which the `tidegate` command and scripts reach a host. */
#ifndef TIDEGATE_CONTROL_SOCKET_H
#define TIDEGATE_CONTROL_SOCKET_H

#include "tidegate/base.h"

TG_BEGIN_C

typedef struct tg_host tg_host;
typedef struct tg_control tg_control;

typedef struct tg_control_options {
  uint32_t struct_size;
  uint32_t abi;
  tg_str directory; /**< a missing directory is made with mode 0700; empty: /run/tidegate/NAME for root, else NAME in `tidegate` in the user's
                         runtime directory, else in `.local/state/tidegate` in the home, else in /tmp/tidegate-UID (or -UID-XXXXXX) */
} tg_control_options;

/**
 * Serves `control.sock` (mode 0600) in a directory of the host, on a thread of its own, to this user and to root. A removed socket is
 * made again within 5 s. The mode of a directory of this user that other users can enter is changed to 0700.
 * Returns: TG_OK; TG_E_EXISTS when a running host serves the directory; TG_E_SYSTEM with a sentence.
 * Threads: [control]
 * Owns: the caller, until tg_control_close(), which must come before tg_host_destroy().
 */
TG_API tg_result tg_control_open(tg_host *host, const tg_control_options *options, tg_control **control);

/**
 * Closes the control socket: answers in progress are cut, and the socket is removed.
 * Returns: TG_OK, also for NULL; TG_E_MISUSE inside a callback.
 * Threads: [wait]
 * Blocks: until the changes that clients requested are done. After 2 s the call gives up a change of a plugin that is inside a call of
 *   the plugin, and the plugin is retained (25182).
 */
TG_API tg_result tg_control_close(tg_control *control);

/** Returns the path of the socket; the text is valid until the socket is closed. Threads: [any] */
TG_API tg_str tg_control_path(tg_control *control);

TG_END_C

#endif /* TIDEGATE_CONTROL_SOCKET_H */

/* What a plugin may call. */
#ifndef TIDEGATE_PLUGIN_HOST_H
#define TIDEGATE_PLUGIN_HOST_H

#include "tidegate/base.h"
#include "tidegate/events.h"
#include "tidegate/format.h"

TG_BEGIN_C

/** What may be called inside a policy: nothing in it blocks or allocates. */
typedef struct tg_admission_host {
  uint32_t struct_size;
  uint32_t abi;
  void *context; /**< first argument of all functions below */

  /** Says that a call failed, as by an exception: it counts as a fault, and too many take the plugin's policy out for a
   *  while. The text is copied as far as it is kept. Threads: [any] */
  void (*fault)(void *context, tg_str text);

  /** The monotonic clock of the host's events, ns. Threads: [any] */
  uint64_t (*now_ns)(void *context);
} tg_admission_host;

/**
 * The host as a plugin sees it. It stays until the plugin's destroy has returned. What says [running] is TG_E_CLOSING once
 * the plugin is being drained.
 *
 * Each text that a plugin hands over is cleaned where it enters: an end of line and a tab become a space; control characters, marks
 * that change the direction of writing and bytes that are not UTF-8 become U+FFFD; it is cut to 4,096 bytes. Names are refused
 * instead, TG_E_INVALID, and so is a length without an address.
 */
typedef struct tg_plugin_host {
  uint32_t struct_size;
  uint32_t abi;     /**< TG_PLUGIN_ABI of the host */
  void *context;    /**< first argument of all functions below */
  tg_str host_name; /**< the host's name */

  /** Writes one line to the host's log, TG_SEVERITY_*. Inside a policy it does nothing. Of more than 50 lines a second, after a burst
   *  of 200, the rest are dropped, and event 25192 says how many. Threads: [control] */
  void (*log)(void *context, uint32_t severity, tg_str text);

  /** Says why the call in progress (create, start, reconfigure, before_start) is about to return a negative result. The text
   *  is copied. Threads: [control] */
  void (*fail)(void *context, tg_str text);

  /** Writes an event as text or as one line of JSON. Returns: as tg_event_format() of the embed ABI. Threads: [control] */
  int64_t (*event_format)(const tg_event *event, uint32_t format, char *buffer, uint64_t capacity);

  const tg_admission_host *admission; /**< what policies may call */

  /** A directory for what must outlive the process, of this plugin only, mode 0700; empty when the host has no state
   *  directory. It stays as the table does. Threads: [control, created] */
  tg_str (*state_directory)(void *context);

  /** Records event 25188 with this text, of a service or of none. A severity that the host does not know is a warning to it.
   *  Its actor is the plugin. Of more than 20 events a second, after a burst of 100, the rest are dropped, and event 25192 says how
   *  many. Returns: TG_OK; TG_E_LIMIT: it was dropped; TG_E_INVALID; TG_E_CLOSING; TG_E_REENTRANT. Threads: [control, running] */
  tg_result (*emit)(void *context, uint32_t severity, tg_str service, tg_str text);

  /** Has `fn(user)` called once on the plugin's worker, after so long; it does not wait for events that the plugin's sink has still
   *  to take. What is not due when the plugin stops is not called.
   *  Returns: TG_OK; TG_E_LIMIT with 1,024 pending; TG_E_CLOSING; TG_E_REENTRANT. Threads: [control, created] */
  tg_result (*call_later)(void *context, uint64_t delay_ns, void (*fn)(void *user), void *user);

  /** Completes a lifecycle step that was deferred; a negative result fails it, `why` says why.
   *  Returns: TG_OK; TG_E_STALE when the host has completed it, or no such step was deferred; TG_E_REENTRANT.
   *  Threads: [control, running] */
  tg_result (*complete)(void *context, uint64_t token, tg_result result, tg_str why);

  /** The server's own text for a session. Returns: its length, at most `capacity`; 0: it has none. Threads: [control, running] */
  uint64_t (*describe)(void *context, tg_str service, tg_ticket ticket, uint64_t tag, char *buffer, uint64_t capacity);

  /** A further table of the host's, such as TG_HOST_CONTROL, or NULL when there is none or the configuration does not grant
   *  it to this plugin. Threads: [control, created] */
  const void *(*extension)(void *context, tg_str name);
} tg_plugin_host;

TG_END_C

#endif /* TIDEGATE_PLUGIN_HOST_H */

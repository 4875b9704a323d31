/* The functions of a host that a plugin may call. */
#ifndef TIDEGATE_PLUGIN_HOST_H
#define TIDEGATE_PLUGIN_HOST_H

#include "tidegate/base.h"
#include "tidegate/event.h"
#include "tidegate/vocabulary/format.h"

TG_BEGIN_C

/** Functions that a policy may call; they neither block nor allocate. */
typedef struct tg_admission_host {
  uint32_t struct_size;
  uint32_t abi;
  void *context; /**< first argument of all functions below */

  /** Reports a fault of the call in progress, such as an exception. Too many faults take the plugin's policy out for a while. The
   *  text is copied. Threads: [any] */
  void (*fault)(void *context, tg_str text);

  /** Returns the time of the monotonic clock of the host's events, in ns. Threads: [any] */
  uint64_t (*now_ns)(void *context);
} tg_admission_host;

/**
 * The host as a plugin sees it. The table stays until the plugin's destroy has returned. Functions with the tag "running" are
 * TG_E_CLOSING once the plugin is being drained.
 *
 * The library cleans each text of a plugin where the text enters: an end of line and a tab become a space; control characters,
 * invisible characters, characters that change the direction of writing, and bytes that are not UTF-8 become U+FFFD; the joiners U+200C
 * and U+200D and variation selectors stay, as scripts and emoji need them; the text is cut to 4,096 bytes. Names are not cleaned but
 * refused with TG_E_INVALID, and so is a length without an address.
 */
typedef struct tg_plugin_host {
  uint32_t struct_size;
  uint32_t abi;     /**< TG_PLUGIN_ABI of the host */
  void *context;    /**< first argument of all functions below */
  tg_str host_name; /**< the host's name */

  /** Writes one line to the host's log, with a TG_SEVERITY_*; inside a policy it writes nothing. Lines above 50 a second, after a burst
   *  of 200, are dropped, and event 25192 counts them. Threads: [control] */
  void (*log)(void *context, uint32_t severity, tg_str text);

  /** Sets the sentence for the negative result that the call in progress (create, start, reconfigure, before_start) is about to
   *  return. The text is copied. Threads: [control] */
  void (*fail)(void *context, tg_str text);

  /** Writes an event as text or as one line of JSON. Returns: as tg_event_format() of the embed ABI. Threads: [control] */
  int64_t (*event_format)(const tg_event *event, uint32_t format, char *buffer, uint64_t capacity);

  const tg_admission_host *admission; /**< functions that policies may call */

  /** Returns the path of this plugin's own directory (mode 0700) for data that must outlive the process; empty when the host has no
   *  state directory. The text is valid as long as the table. Threads: [control, created] */
  tg_str (*state_directory)(void *context);

  /** Records event 25188 with this text, for a service or for none; the event's actor is the plugin. An unknown severity becomes a
   *  warning. Events above 20 a second, after a burst of 100, are dropped, and event 25192 counts them.
   *  Returns: TG_OK; TG_E_LIMIT for a dropped event; TG_E_INVALID; TG_E_CLOSING; TG_E_REENTRANT. Threads: [control, running] */
  tg_result (*emit)(void *context, uint32_t severity, tg_str service, tg_str text);

  /** Schedules one call of `fn(user)` on the plugin's worker after `delay_ns`. The call does not wait behind events that the plugin's sink
   *  has still to take. Calls that are not due when the plugin stops are dropped.
   *  Returns: TG_OK; TG_E_LIMIT with 1,024 pending; TG_E_CLOSING; TG_E_REENTRANT. Threads: [control, created] */
  tg_result (*call_later)(void *context, uint64_t delay_ns, void (*fn)(void *user), void *user);

  /** Completes a deferred lifecycle step; with a negative result the step fails, and `why` is the sentence for it.
   *  Returns: TG_OK; TG_E_STALE when the host has completed the step, or no such step is deferred; TG_E_REENTRANT.
   *  Threads: [control, running] */
  tg_result (*complete)(void *context, uint64_t token, tg_result result, tg_str why);

  /** Gets the server's text for a session. Returns: its length, at most `capacity`; 0 without a text. Threads: [control, running] */
  uint64_t (*describe)(void *context, tg_str service, tg_ticket ticket, uint64_t tag, char *buffer, uint64_t capacity);

  /** Returns a further table of the host, such as TG_HOST_OPERATE, or NULL when the host has no such table or the server did not grant
   *  it to this plugin. Threads: [control, created] */
  const void *(*extension)(void *context, tg_str name);
} tg_plugin_host;

TG_END_C

#endif /* TIDEGATE_PLUGIN_HOST_H */

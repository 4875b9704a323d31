/* What a plugin may call. */
#ifndef TIDEGATE_PLUGIN_HOST_H
#define TIDEGATE_PLUGIN_HOST_H

#include "tidegate/base.h"
#include "tidegate/event.h"

TG_BEGIN_C

/** The host as a plugin sees it. It stays until the plugin's destroy has returned. */
typedef struct tg_plugin_host {
  uint32_t struct_size;
  uint32_t abi;      /**< TG_PLUGIN_ABI of the host */
  void *context;     /**< first argument of all functions below */
  tg_str host_name;  /**< the host's name */

  /** Writes a line to the host's log, TG_SEVERITY_*. Threads: [control] */
  void (*log)(void *context, uint32_t severity, tg_str text);

  /** Says why create or start is about to return a negative result. The text is copied. Threads: [load] */
  void (*fail)(void *context, tg_str text);

  /** tg_event_format(). Threads: [control] */
  int64_t (*event_format)(const tg_event *event, uint32_t format, char *buffer, uint64_t capacity);
} tg_plugin_host;

TG_END_C

#endif /* TIDEGATE_PLUGIN_HOST_H */

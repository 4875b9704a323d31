/* Role tidegate.event-sink/1: a sink for the host's events. */
#ifndef TIDEGATE_EXT_EVENT_SINK_H
#define TIDEGATE_EXT_EVENT_SINK_H

#include "tidegate/base.h"
#include "tidegate/event.h"

#define TG_ROLE_EVENT_SINK "tidegate.event-sink/1"

TG_BEGIN_C

/**
 * A sink. The plugin's own worker calls it, so a slow sink delays only its own plugin. Between two events the worker runs the plugin's due
 * hooks, timers and metrics, which therefore wait for one event at most.
 */
typedef struct tg_event_sink {
  uint32_t struct_size;
  uint32_t abi;

  /** Takes one event, in order and each once; `event` is borrowed for the call. To keep a plugin from answering itself for ever, the sink
   *  does not get the plugin's own messages (25188), faults (25184) and dropped texts (25192). Threads: [worker] */
  void (*take)(void *instance, const tg_event *event);
} tg_event_sink;

TG_END_C

#endif /* TIDEGATE_EXT_EVENT_SINK_H */

/* Role tidegate.event-sink/1: takes the host's events. */
#ifndef TIDEGATE_EXT_EVENT_SINK_H
#define TIDEGATE_EXT_EVENT_SINK_H

#include "tidegate/base.h"
#include "tidegate/events.h"

#define TG_ROLE_EVENT_SINK "tidegate.event-sink/1"

TG_BEGIN_C

/**
 * A sink. The plugin's own worker calls it: it may take its time, and delays nobody but itself. Between two events the worker calls
 * whatever else of the plugin is due, hooks, timers and figures, so that these wait for one event at most.
 */
typedef struct tg_event_sink {
  uint32_t struct_size;
  uint32_t abi;

  /** Takes one event, in order, none twice; `event` is borrowed for the call. Events that the plugin itself has caused are left out,
   *  or it would answer itself for ever: what it said (25188), its faults (25184) and what it was too loud for (25192).
   *  Threads: [worker] */
  void (*take)(void *instance, const tg_event *event);
} tg_event_sink;

TG_END_C

#endif /* TIDEGATE_EXT_EVENT_SINK_H */

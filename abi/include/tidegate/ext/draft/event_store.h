/* Draft: role tidegate.draft.event-store/1, a store that keeps events longer than the host's memory does. It may still change, and no
 * host uses it yet. */
#ifndef TIDEGATE_EXT_DRAFT_EVENT_STORE_H
#define TIDEGATE_EXT_DRAFT_EVENT_STORE_H

#include "tidegate/base.h"
#include "tidegate/event.h"

#define TG_ROLE_EVENT_STORE "tidegate.draft.event-store/1"

TG_BEGIN_C

/** Takes one stored event, which is borrowed for the call. Threads: [worker] */
typedef void (*tg_take_kept_fn)(void *user, const tg_event *event);

/** A store, which the plugin's sink fills. The pair (boot_id, sequence) identifies an event. */
typedef struct tg_event_store {
  uint32_t struct_size;
  uint32_t abi;

  /** Shows the stored events of one boot_id after number `after`, oldest first, at most `limit` events.
   *  Returns: the number of events shown. Threads: [worker] */
  tg_result (*read)(void *instance, uint64_t boot_id, uint64_t after, uint32_t limit, tg_take_kept_fn take, void *user);

  /** Returns the number of the newest event that would survive a crash now; 0: none. Threads: [worker] */
  uint64_t (*durable)(void *instance, uint64_t boot_id);
} tg_event_store;

TG_END_C

#endif /* TIDEGATE_EXT_DRAFT_EVENT_STORE_H */

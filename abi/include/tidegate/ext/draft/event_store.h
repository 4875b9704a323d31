/* Draft: role tidegate.draft.event-store/1, events that are kept for longer than the host's memory. It may still change, and
 * no host asks for it yet: a plugin may fill it to be found ready. */
#ifndef TIDEGATE_EXT_DRAFT_EVENT_STORE_H
#define TIDEGATE_EXT_DRAFT_EVENT_STORE_H

#include "tidegate/base.h"
#include "tidegate/events.h"

#define TG_ROLE_EVENT_STORE "tidegate.draft.event-store/1"

TG_BEGIN_C

/** Takes an event that was kept; borrowed for the call. Threads: [worker] */
typedef void (*tg_take_kept_fn)(void *user, const tg_event *event);

/** A store, besides the sink that fills it. (boot_id, sequence) names an event for ever. */
typedef struct tg_event_store {
  uint32_t struct_size;
  uint32_t abi;

  /** Shows what is kept of one boot of the host after number `after`, oldest first, `limit` at most.
   *  Returns: how many were shown. Threads: [worker] */
  tg_result (*read)(void *instance, uint64_t boot_id, uint64_t after, uint32_t limit, tg_take_kept_fn take, void *user);

  /** The newest number that would outlive a crash now; 0: none. Threads: [worker] */
  uint64_t (*durable)(void *instance, uint64_t boot_id);
} tg_event_store;

TG_END_C

#endif /* TIDEGATE_EXT_DRAFT_EVENT_STORE_H */

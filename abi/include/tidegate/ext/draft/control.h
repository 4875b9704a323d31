/* Draft: tidegate.draft.control/1, a host's table by which a plugin operates services. It may still change. */
#ifndef TIDEGATE_EXT_DRAFT_CONTROL_H
#define TIDEGATE_EXT_DRAFT_CONTROL_H

#include "tidegate/base.h"
#include "tidegate/drain.h"
#include "tidegate/events.h"
#include "tidegate/service.h"

/** Asked for by host->extension(); NULL unless the server has granted it when it loaded the plugin (TG_GRANT_CONTROL). */
#define TG_HOST_CONTROL "tidegate.draft.control/1"

TG_BEGIN_C

/** Takes a service; borrowed for the call. Threads: [control]; the caller's. */
typedef void (*tg_take_service_fn)(void *user, const tg_service_info *service);

/** Takes a hold; borrowed for the call. Threads: [control]; the caller's. */
typedef void (*tg_take_hold_fn)(void *user, const tg_hold_info *hold);

/** Takes an event; borrowed for the call. Threads: [control]; the caller's. */
typedef void (*tg_take_event_fn)(void *user, const tg_event *event);

/**
 * The services of the host, by name. Each function returns what the one of the embed ABI does; also TG_E_NOT_FOUND,
 * TG_E_CLOSING once the plugin is being drained, and TG_E_REENTRANT inside a policy. Who asks is the plugin: where a struct names
 * nobody, its id; where it names an actor, that and the id, "alice (com.example.pager)", of 63 bytes at most, TG_E_INVALID for
 * more: events and holds tell a person from a plugin that says it acts for that person.
 */
typedef struct tg_host_control {
  uint32_t struct_size;
  uint32_t abi;
  void *context; /**< first argument of all functions below: that of tg_plugin_host */

  /** Shows every service, in the order they were made. Returns: how many. Threads: [control, running] */
  tg_result (*services)(void *context, tg_take_service_fn take, void *user);

  /** Drains, as tg_service_drain(). Threads: [control, running] */
  tg_result (*drain)(void *context, tg_str service, const tg_drain_options *options);

  /** Resumes, as tg_service_resume(). Threads: [control, running] */
  tg_result (*resume)(void *context, tg_str service, const tg_resume_options *options);

  /** Starts, as tg_service_start(). Threads: [control, running] */
  tg_result (*start)(void *context, tg_str service, const tg_action *action);

  /** Shows who holds a service paused, as tg_service_holds(). Threads: [control, running] */
  tg_result (*holds)(void *context, tg_str service, tg_take_hold_fn take, void *user);

  /** Shows events after number `after`, as tg_host_events(). Threads: [control, running] */
  tg_result (*events)(void *context, uint64_t after, uint32_t limit, tg_take_event_fn take, void *user);
} tg_host_control;

TG_END_C

#endif /* TIDEGATE_EXT_DRAFT_CONTROL_H */

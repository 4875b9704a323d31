/* Draft: tidegate.draft.operate/1, a table of the host with which a plugin operates services. It may still change. */
#ifndef TIDEGATE_EXT_DRAFT_OPERATE_H
#define TIDEGATE_EXT_DRAFT_OPERATE_H

#include "tidegate/base.h"
#include "tidegate/drain.h"
#include "tidegate/event.h"
#include "tidegate/service.h"

/** Name for host->extension(), which returns NULL unless the server granted it when it loaded the plugin (TG_GRANT_OPERATE). */
#define TG_HOST_OPERATE "tidegate.draft.operate/1"

TG_BEGIN_C

/** Takes one service, which is borrowed for the call. Threads: [control]; the caller's thread. */
typedef void (*tg_take_service_fn)(void *user, const tg_service_info *service);

/** Takes one hold, which is borrowed for the call. Threads: [control]; the caller's thread. */
typedef void (*tg_take_hold_fn)(void *user, const tg_hold_info *hold);

/** Takes one event, which is borrowed for the call. Threads: [control]; the caller's thread. */
typedef void (*tg_take_event_fn)(void *user, const tg_event *event);

/**
 * Operations on the services of the host, by name. Each function returns the results of its counterpart in the embed ABI, and also
 * TG_E_NOT_FOUND, TG_E_CLOSING once the plugin is being drained, and TG_E_REENTRANT inside a policy. The requesting actor is the plugin:
 * its id where a struct names no actor, and otherwise the named actor with the id, such as "alice (com.example.pager)", with at most 63
 * bytes, else TG_E_INVALID. Events and holds thus tell a person from a plugin that acts for that person.
 */
typedef struct tg_host_operate {
  uint32_t struct_size;
  uint32_t abi;
  void *context; /**< first argument of all functions below: that of tg_plugin_host */

  /** Shows every service, in the order of creation. Returns: the number of services. Threads: [control, running] */
  tg_result (*services)(void *context, tg_take_service_fn take, void *user);

  /** Drains, as tg_service_drain(). Threads: [control, running] */
  tg_result (*drain)(void *context, tg_str service, const tg_drain_options *options);

  /** Resumes, as tg_service_resume(). Threads: [control, running] */
  tg_result (*resume)(void *context, tg_str service, const tg_resume_options *options);

  /** Starts, as tg_service_start(). Threads: [control, running] */
  tg_result (*start)(void *context, tg_str service, const tg_action *action);

  /** Shows the holds on a service, as tg_service_holds(). Threads: [control, running] */
  tg_result (*holds)(void *context, tg_str service, tg_take_hold_fn take, void *user);

  /** Shows events after number `after`, as tg_host_events(). Threads: [control, running] */
  tg_result (*events)(void *context, uint64_t after, uint32_t limit, tg_take_event_fn take, void *user);
} tg_host_operate;

TG_END_C

#endif /* TIDEGATE_EXT_DRAFT_OPERATE_H */

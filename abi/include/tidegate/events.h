/* An event: a numbered record of what happened. */
#ifndef TIDEGATE_EVENTS_H
#define TIDEGATE_EVENTS_H

#include "tidegate/base.h"
#include "tidegate/event_number.h"
#include "tidegate/phase.h"
#include "tidegate/severity.h"
#include "tidegate/status.h"

/** One event. (boot_id, sequence) names it for ever; sequences have no gap. */
typedef struct tg_event {
  uint32_t struct_size;
  uint32_t abi;
  uint64_t sequence;     /**< 1, 2, 3 … for each boot_id */
  uint64_t boot_id;      /**< random for each host made */
  int64_t unix_ns;       /**< wall time, ns since 1970 */
  uint64_t monotonic_ns; /**< monotonic clock, ns */
  uint32_t number;       /**< TG_EVENT_* */
  uint32_t severity;     /**< TG_SEVERITY_* */
  uint32_t status;       /**< TG_STATUS_* of the service right after it; 0: no service */
  uint32_t phase;        /**< TG_PHASE_* of the service right after it */
  uint64_t epoch;        /**< which drain of the service, from 1; 0: none yet */
  uint64_t live;         /**< sessions, children and entries that held the service then */
  uint64_t count;        /**< what the event counts; see EVENTS.md */
  tg_str service;        /**< name, or empty */
  tg_str actor;          /**< who asked, or empty */
  tg_str reason;         /**< why, as the actor said, or empty */
  tg_str text;           /**< a sentence */
  uint32_t peer_uid;     /**< the user of the process that asked, as the kernel knows it; goes with peer_pid */
  uint32_t peer_pid;     /**< the process that asked, through the control socket for instance; 0: the host's own */
} tg_event;

#endif /* TIDEGATE_EVENTS_H */

/* One event: a numbered record of a change or a finding. */
#ifndef TIDEGATE_EVENT_H
#define TIDEGATE_EVENT_H

#include "tidegate/base.h"
#include "tidegate/vocabulary/event_number.h"
#include "tidegate/vocabulary/phase.h"
#include "tidegate/vocabulary/severity.h"
#include "tidegate/vocabulary/status.h"

/** One event. The pair (boot_id, sequence) is unique for ever; sequences have no gap. */
typedef struct tg_event {
  uint32_t struct_size;
  uint32_t abi;
  uint64_t sequence;     /**< 1, 2, 3 … for each boot_id */
  uint64_t boot_id;      /**< random for each host made */
  int64_t unix_ns;       /**< wall time, ns since 1970 */
  uint64_t monotonic_ns; /**< monotonic clock, ns */
  uint32_t number;       /**< TG_EVENT_* */
  uint32_t severity;     /**< TG_SEVERITY_* */
  uint32_t status;       /**< TG_STATUS_* of the service right after the event; 0: no service */
  uint32_t phase;        /**< TG_PHASE_* of the service right after the event */
  uint64_t epoch;        /**< number of the service's drain, from 1; 0: no drain yet */
  uint64_t live;         /**< live sessions, children and entries at that moment */
  uint64_t count;        /**< the number that the event reports; EVENTS.md says of what */
  tg_str service;        /**< name, or empty */
  tg_str actor;          /**< the requesting actor, or empty */
  tg_str reason;         /**< the actor's reason, or empty */
  tg_str text;           /**< a sentence */
  uint32_t peer_uid;     /**< user of the requesting process, as the kernel reports it; goes with peer_pid */
  uint32_t peer_pid;     /**< requesting process, such as a client of the control socket; 0: the host's own process */
} tg_event;

#endif /* TIDEGATE_EVENT_H */

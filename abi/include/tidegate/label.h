/* Labels: the words that people, logs and JSON see for the numbers of the vocabularies. */
#ifndef TIDEGATE_LABEL_H
#define TIDEGATE_LABEL_H

#include "tidegate/base.h"

TG_BEGIN_C

/* Each function returns the label of a number, as VOCABULARY.md lists it, or "unknown". The texts are valid for ever. */

/** Returns the label of a TG_OK or TG_E_*. Threads: [any] */
TG_API tg_str tg_result_label(tg_result result);
/** Returns the label of a TG_STATUS_*. Threads: [any] */
TG_API tg_str tg_status_label(uint32_t status);
/** Returns the label of a TG_PHASE_*. Threads: [any] */
TG_API tg_str tg_phase_label(uint32_t phase);
/** Returns the label of a TG_INTENT_*. Threads: [any] */
TG_API tg_str tg_intent_label(uint32_t intent);
/** Returns the label of a TG_KIND_*. Threads: [any] */
TG_API tg_str tg_kind_label(uint32_t kind);
/** Returns the label of a TG_CLASS_*. Threads: [any] */
TG_API tg_str tg_class_label(uint32_t session_class);
/** Returns the label of a TG_DEADLINE_*. Threads: [any] */
TG_API tg_str tg_deadline_label(uint32_t at_deadline);
/** Returns the label of a TG_HOLD_*. Threads: [any] */
TG_API tg_str tg_hold_label(uint32_t hold);
/** Returns the label of a TG_REASON_*. Threads: [any] */
TG_API tg_str tg_reason_label(uint32_t reason);
/** Returns the label of a TG_UNTIL_*. Threads: [any] */
TG_API tg_str tg_until_label(uint32_t until);
/** Returns the label of a TG_SEVERITY_*. Threads: [any] */
TG_API tg_str tg_severity_label(uint32_t severity);
/** Returns the label of a TG_STEP_*. Threads: [any] */
TG_API tg_str tg_step_label(uint32_t step);
/** Returns the label of a TG_PLUGIN_STATE_*. Threads: [any] */
TG_API tg_str tg_plugin_state_label(uint32_t state);
/** Returns the label of a TG_METRIC_*. Threads: [any] */
TG_API tg_str tg_metric_kind_label(uint32_t kind);
/** Returns the label of a TG_EVENT_*. Threads: [any] */
TG_API tg_str tg_event_label(uint32_t number);

TG_END_C

#endif /* TIDEGATE_LABEL_H */

#include "tidegate/label.h"

#include "core/fixed_text.hpp"
#include "core/vocabulary.hpp"

using namespace tidegate::sdk;

tg_str tg_result_label(tg_result result) { return to_str(result_word(result).label); }
tg_str tg_status_label(uint32_t status) { return to_str(status_word(status).label); }
tg_str tg_phase_label(uint32_t phase) { return to_str(phase_word(phase).label); }
tg_str tg_intent_label(uint32_t intent) { return to_str(intent_word(intent).label); }
tg_str tg_kind_label(uint32_t kind) { return to_str(kind_word(kind).label); }
tg_str tg_class_label(uint32_t session_class) { return to_str(class_word(session_class).label); }
tg_str tg_deadline_label(uint32_t at_deadline) { return to_str(deadline_word(at_deadline).label); }
tg_str tg_hold_label(uint32_t hold) { return to_str(hold_word(hold).label); }
tg_str tg_reason_label(uint32_t reason) { return to_str(reason_word(reason).label); }
tg_str tg_until_label(uint32_t until) { return to_str(until_word(until).label); }
tg_str tg_severity_label(uint32_t severity) { return to_str(severity_word(severity).label); }
tg_str tg_step_label(uint32_t step) { return to_str(step_word(step).label); }
tg_str tg_plugin_state_label(uint32_t state) { return to_str(plugin_state_word(state).label); }
tg_str tg_metric_kind_label(uint32_t kind) { return to_str(metric_kind_word(kind).label); }
tg_str tg_event_label(uint32_t number) { return to_str(event_word(number).label); }

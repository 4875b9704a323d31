#include "core/vocabulary.hpp"

#include <span>

#include "tidegate/vocabulary/severity.h"

namespace tidegate::sdk {
namespace {

#define TG_PLAIN(NAME, number, label, text) Word{number, #NAME, label, text, 0},

constexpr Word kResults[] = {
#define TG_RESULT TG_PLAIN
#include "results.def"
};
constexpr Word kStatuses[] = {
#define TG_STATUS TG_PLAIN
#include "statuses.def"
};
constexpr Word kPhases[] = {
#define TG_PHASE TG_PLAIN
#include "phases.def"
};
constexpr Word kIntents[] = {
#define TG_INTENT TG_PLAIN
#include "intents.def"
};
constexpr Word kKinds[] = {
#define TG_KIND TG_PLAIN
#include "kinds.def"
};
constexpr Word kClasses[] = {
#define TG_CLASS TG_PLAIN
#include "classes.def"
};
constexpr Word kDeadlines[] = {
#define TG_DEADLINE TG_PLAIN
#include "deadlines.def"
};
constexpr Word kHolds[] = {
#define TG_HOLD TG_PLAIN
#include "holds.def"
};
constexpr Word kProtocols[] = {
#define TG_PROTOCOL TG_PLAIN
#include "protocols.def"
};
constexpr Word kReasons[] = {
#define TG_REASON TG_PLAIN
#include "reasons.def"
};
constexpr Word kUntils[] = {
#define TG_UNTIL TG_PLAIN
#include "untils.def"
};
constexpr Word kSeverities[] = {
#define TG_SEVERITY TG_PLAIN
#include "severities.def"
};
constexpr Word kSteps[] = {
#define TG_STEP TG_PLAIN
#include "steps.def"
};
constexpr Word kPluginStates[] = {
#define TG_PLUGIN_STATE TG_PLAIN
#include "plugin_states.def"
};
constexpr Word kMetricKinds[] = {
#define TG_METRIC TG_PLAIN
#include "metric_kinds.def"
};
constexpr Word kEvents[] = {
#define TG_EVENT(NAME, number, severity, label, text) Word{number, #NAME, label, text, TG_SEVERITY_##severity},
#include "events.def"
};

constexpr Word kUnknown{-1, "UNKNOWN", "unknown", "a value of a later version", TG_SEVERITY_WARNING};

const Word &find(std::span<const Word> words, std::int64_t number) {
  for (const Word &word : words)
    if (word.number == number) return word;
  return kUnknown;
}

}  // namespace

const Word &result_word(std::int32_t number) { return find(kResults, number); }
const Word &status_word(std::uint32_t number) { return find(kStatuses, number); }
const Word &phase_word(std::uint32_t number) { return find(kPhases, number); }
const Word &intent_word(std::uint32_t number) { return find(kIntents, number); }
const Word &kind_word(std::uint32_t number) { return find(kKinds, number); }
const Word &class_word(std::uint32_t number) { return find(kClasses, number); }
const Word &deadline_word(std::uint32_t number) { return find(kDeadlines, number); }
const Word &hold_word(std::uint32_t number) { return find(kHolds, number); }
const Word &protocol_word(std::uint32_t number) { return find(kProtocols, number); }
const Word &reason_word(std::uint32_t number) { return find(kReasons, number); }
const Word &until_word(std::uint32_t number) { return find(kUntils, number); }
const Word &severity_word(std::uint32_t number) { return find(kSeverities, number); }
const Word &step_word(std::uint32_t number) { return find(kSteps, number); }
const Word &plugin_state_word(std::uint32_t number) { return find(kPluginStates, number); }
const Word &metric_kind_word(std::uint32_t number) { return find(kMetricKinds, number); }
const Word &event_word(std::uint32_t number) { return find(kEvents, number); }

}  // namespace tidegate::sdk

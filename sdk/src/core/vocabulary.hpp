#pragma once

#include <cstdint>
#include <string_view>

#include "tidegate/vocabulary/result.h"

namespace tidegate::sdk {

/// Labels and meanings of the closed vocabularies (abi/vocabulary), by number. An unknown number has the label "unknown".
struct Word {
  std::int64_t number;
  std::string_view name;   ///< the constant without its prefix
  std::string_view label;  ///< what people see
  std::string_view text;   ///< the meaning
  std::uint32_t severity;  ///< of events; else 0
};

const Word &result_word(std::int32_t number);
const Word &status_word(std::uint32_t number);
const Word &phase_word(std::uint32_t number);
const Word &intent_word(std::uint32_t number);
const Word &kind_word(std::uint32_t number);
const Word &class_word(std::uint32_t number);
const Word &deadline_word(std::uint32_t number);
const Word &hold_word(std::uint32_t number);
const Word &protocol_word(std::uint32_t number);
const Word &reason_word(std::uint32_t number);
const Word &until_word(std::uint32_t number);
const Word &severity_word(std::uint32_t number);
const Word &step_word(std::uint32_t number);
const Word &plugin_state_word(std::uint32_t number);
const Word &metric_kind_word(std::uint32_t number);
const Word &event_word(std::uint32_t number);

}  // namespace tidegate::sdk

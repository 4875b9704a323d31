#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/gate.hpp"
#include "tidegate/vocabulary/class.h"
#include "tidegate/vocabulary/kind.h"

namespace tidegate::sdk {

/// How far a service admits: the position of its gate, and whether it ramps up.
enum class Stage : std::uint8_t { open, ramping, draining, sealed };

/// The rule for a kind and class in a stage.
enum class Rule : std::uint8_t {
  no,
  yes,
  ramp,              ///< admitted while there are fewer sessions than the ramp's limit
  parent,            ///< admitted while the parent is live
  key,               ///< admitted when the drain permits AFFINITY and the key is live
  emergency,         ///< admitted when the drain permits EMERGENCY
  emergency_or_key,  ///< either of the two
};

/// One row of the table in abi/VERDICTS.md.
struct PermissionRow {
  Stage stage;
  std::uint32_t kind;         ///< TG_KIND_*
  std::array<Rule, 3> rules;  ///< for TG_CLASS_NORMAL, PRIORITY and EMERGENCY
};

inline constexpr std::size_t kStages = 4;
inline constexpr std::size_t kKinds = 4;

/// The sessions that each stage admits; the same table as abi/VERDICTS.md. `max_sessions` limits all kinds but CHILD besides, in every
/// stage.
inline constexpr std::array<PermissionRow, kStages * kKinds> kPermissionTable{{
    {Stage::open, TG_KIND_NEW, {Rule::yes, Rule::yes, Rule::yes}},
    {Stage::open, TG_KIND_CHILD, {Rule::parent, Rule::parent, Rule::parent}},
    {Stage::open, TG_KIND_AFFINITY, {Rule::yes, Rule::yes, Rule::yes}},
    {Stage::open, TG_KIND_ORIGINATE, {Rule::yes, Rule::yes, Rule::yes}},
    {Stage::ramping, TG_KIND_NEW, {Rule::ramp, Rule::yes, Rule::yes}},
    {Stage::ramping, TG_KIND_CHILD, {Rule::parent, Rule::parent, Rule::parent}},
    {Stage::ramping, TG_KIND_AFFINITY, {Rule::ramp, Rule::yes, Rule::yes}},
    {Stage::ramping, TG_KIND_ORIGINATE, {Rule::ramp, Rule::yes, Rule::yes}},
    {Stage::draining, TG_KIND_NEW, {Rule::no, Rule::no, Rule::emergency}},
    {Stage::draining, TG_KIND_CHILD, {Rule::parent, Rule::parent, Rule::parent}},
    {Stage::draining, TG_KIND_AFFINITY, {Rule::key, Rule::key, Rule::emergency_or_key}},
    {Stage::draining, TG_KIND_ORIGINATE, {Rule::no, Rule::no, Rule::emergency}},
    {Stage::sealed, TG_KIND_NEW, {Rule::no, Rule::no, Rule::no}},
    {Stage::sealed, TG_KIND_CHILD, {Rule::no, Rule::no, Rule::no}},
    {Stage::sealed, TG_KIND_AFFINITY, {Rule::no, Rule::no, Rule::no}},
    {Stage::sealed, TG_KIND_ORIGINATE, {Rule::no, Rule::no, Rule::no}},
}};

/// Returns the rule of the table. `kind` and `session_class` must be known values.
constexpr Rule rule_for(Stage stage, std::uint32_t kind, std::uint32_t session_class) {
  return kPermissionTable[static_cast<std::size_t>(stage) * kKinds + kind].rules[session_class];
}

constexpr Stage stage_of(Gate::Position position, bool ramping) {
  if (position == Gate::Position::sealed) return Stage::sealed;
  if (position == Gate::Position::draining) return Stage::draining;
  return ramping ? Stage::ramping : Stage::open;
}

/// The permissions of a drain, in one word that admissions read; they are not read while the gate is open.
struct Permissions {
  bool affinity = false;   ///< AFFINITY sessions whose key is live
  bool emergency = false;  ///< the class EMERGENCY

  constexpr std::uint32_t word() const { return (affinity ? 1u : 0u) | (emergency ? 2u : 0u); }
  static constexpr Permissions of(std::uint32_t word) { return {(word & 1) != 0, (word & 2) != 0}; }
};

/// Returns the word of abi/VERDICTS.md.
std::string_view name_of(Stage stage);
std::string_view name_of(Rule rule);

}  // namespace tidegate::sdk

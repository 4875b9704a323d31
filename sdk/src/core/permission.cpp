#include "core/permission.hpp"

namespace tidegate::sdk {
namespace {

/// Returns: whether the table has one row for each stage and kind, in order, as rule_for() needs it.
constexpr bool in_order() {
  for (std::size_t i = 0; i < kPermissionTable.size(); ++i)
    if (static_cast<std::size_t>(kPermissionTable[i].stage) != i / kKinds || kPermissionTable[i].kind != i % kKinds)
      return false;
  return true;
}
static_assert(in_order());
static_assert(TG_KIND_ORIGINATE + 1 == kKinds && TG_CLASS_EMERGENCY + 1 == kPermissionTable[0].rules.size());

}  // namespace

std::string_view name_of(Stage stage) {
  switch (stage) {
    case Stage::open: return "open";
    case Stage::ramping: return "ramping";
    case Stage::draining: return "draining";
    case Stage::sealed: return "sealed";
  }
  return "unknown";
}

std::string_view name_of(Rule rule) {
  switch (rule) {
    case Rule::no: return "no";
    case Rule::yes: return "yes";
    case Rule::ramp: return "below the ramp";
    case Rule::parent: return "parent live";
    case Rule::key: return "key live";
    case Rule::emergency: return "by option";
    case Rule::emergency_or_key: return "by option, or key live";
  }
  return "unknown";
}

}  // namespace tidegate::sdk

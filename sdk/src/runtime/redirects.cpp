#include "runtime/redirects.hpp"

#include <algorithm>

#include "runtime/fault.hpp"

namespace tidegate::sdk {

const std::string *Redirects::keep(const std::string &target) {
  if (target.empty()) return nullptr;
  const bool printable = std::ranges::all_of(target, [](char c) { return c > 0x20 && c != 0x7f; });
  if (target.size() > kLongest || !printable)
    throw Fault(TG_E_INVALID, "the redirect target must be 1 to 255 bytes of printable ASCII without spaces");
  if (const auto known = all_.find(target); known != all_.end()) return &*known;
  if (all_.size() == kMax) throw Fault(TG_E_LIMIT, "a host keeps at most 1,024 different redirect targets");
  return &*all_.insert(target).first;
}

}  // namespace tidegate::sdk

#include "service/redirects.hpp"

#include "core/border_text.hpp"
#include "os/fault.hpp"

namespace tidegate::sdk {

const std::string *Redirects::keep(const std::string &target) {
  if (target.empty()) return nullptr;
  if (!is_redirect(target, kLongest))
    throw Fault(TG_E_INVALID, "the redirect target must be a URI of 1 to 255 characters (RFC 3986); write any other as %XX");
  if (const auto known = all_.find(target); known != all_.end()) return &*known;
  if (all_.size() == kMax) throw Fault(TG_E_LIMIT, "a host keeps at most 1,024 different redirect targets");
  return &*all_.insert(target).first;
}

}  // namespace tidegate::sdk

#pragma once

#include <set>
#include <string>

namespace tidegate::sdk {

/// The redirect targets of a host. Each stays as long as the host, as verdicts refer to it; so admissions read a target through a plain
/// pointer. Threads: under the control lock.
class Redirects {
 public:
  static constexpr std::size_t kMax = 1024;     // different ones in the life of a host
  static constexpr std::size_t kLongest = 255;  // bytes

  /// Keeps a target. Returns: nullptr for an empty one. Throws Fault when the target is not a URI of 1 to 255 bytes, or the host has kMax
  /// targets.
  const std::string *keep(const std::string &target);

 private:
  std::set<std::string> all_;
};

}  // namespace tidegate::sdk

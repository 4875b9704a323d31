#pragma once

#include <set>
#include <string>

namespace tidegate::sdk {

/// The targets that the refused are or were sent to: each stays as long as the host, since verdicts show it, so admissions
/// read it through a plain pointer. Threads: under the control lock.
class Redirects {
 public:
  static constexpr std::size_t kMax = 1024;     // different ones in the life of a host
  static constexpr std::size_t kLongest = 255;  // bytes

  /// nullptr for no target. Throws Fault when it is too long, cannot stand in a header, or there are too many.
  const std::string *keep(const std::string &target);

 private:
  std::set<std::string> all_;
};

}  // namespace tidegate::sdk

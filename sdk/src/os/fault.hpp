#pragma once

#include <stdexcept>
#include <string>

#include "tidegate/base.h"

namespace tidegate::sdk {

/// A refused or failed control operation: a result code, and the sentence with the cause and the remedy.
class Fault : public std::runtime_error {
 public:
  /// A zero character of a quoted name becomes U+FFFD: it would end the sentence.
  Fault(tg_result code, const std::string &sentence);
  tg_result code() const { return code_; }

 private:
  tg_result code_;
};

/// Makes a TG_E_SYSTEM with the attempted action and the text of `error` (an errno).
Fault system_fault(const std::string &tried, int error);

/// Makes a TG_E_SYSTEM for a thread of the library that the system refused with `error` (an errno): which one, and what to do.
Fault no_thread(const char *name, int error);

}  // namespace tidegate::sdk

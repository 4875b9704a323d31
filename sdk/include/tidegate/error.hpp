#pragma once

#include <stdexcept>
#include <string>

#include "tidegate/last_error.h"
#include "tidegate/text.hpp"

namespace tidegate {

/// A call that failed: its result code, and the sentence of tg_last_error().
class Error : public std::runtime_error {
 public:
  Error(tg_result code, const std::string &sentence) : std::runtime_error(sentence), code_(code) {}
  tg_result code() const { return code_; }

 private:
  tg_result code_;
};

/// Throws Error for a negative result. Returns: the result.
inline tg_result check(tg_result result) {
  if (result < 0) throw Error(result, std::string(view(tg_last_error())));
  return result;
}

}  // namespace tidegate

#include "api/error.hpp"

#include "core/fixed_text.hpp"
#include "tidegate/last_error.h"

namespace tidegate::sdk::api {
namespace {

thread_local FixedText<1023> last_error;

}  // namespace

tg_result fail(tg_result code, std::string_view sentence) noexcept {
  last_error.assign(sentence);
  return code;
}

}  // namespace tidegate::sdk::api

tg_str tg_last_error(void) { return tidegate::sdk::api::last_error.str(); }

#include "api/error.hpp"

#include "core/border_text.hpp"
#include "core/thread_texts.hpp"
#include "tidegate/last_error.h"

namespace tidegate::sdk::api {
namespace {

constexpr std::string_view kLost = "memory to keep the reason of this error could not be had";
thread_local bool lost = false;  // there was no memory for this thread's last sentence

}  // namespace

tg_result fail(tg_result code, std::string_view sentence) noexcept {
  ThreadTexts *const texts = ThreadTexts::get();
  if (texts != nullptr) clean_into(texts->last_error, sentence);  // it may quote an operator or a plugin
  lost = texts == nullptr;
  return code;
}

tg_result refused_by_the_system(int error) noexcept {
  try {
    return fail(TG_E_SYSTEM, "the system refused what this call needs; look at the limits of the process (ulimit -a): " +
                                 std::generic_category().message(error));
  } catch (const std::bad_alloc &) {
    return fail(TG_E_SYSTEM, "the system refused what this call needs; look at the limits of the process (ulimit -a)");
  }
}

namespace {

tg_str last_error() noexcept {
  if (lost) return to_str(kLost);
  const ThreadTexts *const texts = ThreadTexts::find();
  return texts == nullptr ? tg_str{} : texts->last_error.str();
}

}  // namespace
}  // namespace tidegate::sdk::api

tg_str tg_last_error(void) { return tidegate::sdk::api::last_error(); }

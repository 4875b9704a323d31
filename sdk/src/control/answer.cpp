#include "control/answer.hpp"

#include <new>
#include <nlohmann/json.hpp>

#include "border/strict_json.hpp"
#include "tidegate/label.h"

namespace tidegate::control {

Json ok() { return {{"ok", true}}; }

std::string dump(const Json &json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

std::string failure(tg_result code, const std::string &text) {
  return dump({{"ok", false}, {"error", {{"code", view(tg_result_label(code))}, {"number", code}, {"text", text}}}});
}

std::optional<std::string> refusal_of_line(std::string_view line) {
  try {
    sdk::check_whole(line);
    return std::nullopt;
  } catch (const sdk::NotJson &error) {
    return failure(TG_E_INVALID, std::string("a part of this line would be passed over: ") + error.what() +
                                     "; send each key once, and texts without a zero character");
  }
}

std::optional<std::string> answered(const std::function<Answer()> &body) {
  try {
    const Answer answer = body();
    return answer ? std::optional(dump(*answer)) : std::nullopt;
  } catch (const Error &error) {
    return failure(error.code(), error.what());
  } catch (const nlohmann::json::parse_error &error) {
    return failure(TG_E_INVALID, "a request is one JSON object a line; this line is not JSON from its byte " +
                                     std::to_string(error.byte) + " on");
  } catch (const nlohmann::json::out_of_range &) {
    return failure(TG_E_INVALID, "a number in this line is larger than any that a request has");
  } catch (const std::bad_alloc &) {
    return failure(TG_E_NO_MEMORY, "the host has no memory for this; what was asked may not have been done");
  } catch (const std::exception &) {
    // The text of another library means nothing to an operator.
    return failure(TG_E_SYSTEM,
                   "the host failed at this in a way that Tidegate does not know; what was asked may not have "
                   "been done: look at `tidegate services`");
  }
}

}  // namespace tidegate::control

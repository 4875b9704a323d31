#include "control/answer.hpp"

#include <nlohmann/json.hpp>

#include "tidegate/label.h"

namespace tidegate::control {

Json ok() { return {{"ok", true}}; }

std::string dump(const Json &json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

std::string failure(tg_result code, const std::string &text) {
  return dump({{"ok", false}, {"error", {{"code", view(tg_result_label(code))}, {"number", code}, {"text", text}}}});
}

std::optional<std::string> answered(const std::function<Answer()> &body) {
  try {
    const Answer answer = body();
    return answer ? std::optional(dump(*answer)) : std::nullopt;
  } catch (const Error &error) {
    return failure(error.code(), error.what());
  } catch (const nlohmann::json::exception &error) {
    return failure(TG_E_INVALID, std::string("not a request: ") + error.what());
  } catch (const std::exception &error) {
    return failure(TG_E_SYSTEM, error.what());
  }
}

}  // namespace tidegate::control

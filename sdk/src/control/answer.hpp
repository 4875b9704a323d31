#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "tidegate/error.hpp"

namespace tidegate::control {

using Json = nlohmann::ordered_json;

/// The answer of a verb; nothing: the request is held, and the answer comes later.
using Answer = std::optional<Json>;

Json ok();

/// Returns the JSON as one line. Bytes of a text that are not UTF-8 are replaced.
std::string dump(const Json &json);

/// Returns the answer, as a line, to a request that failed or could not be read.
std::string failure(tg_result code, const std::string &text);

/// Returns the refusal of a line with a part that the JSON reader would silently ignore, such as a key given twice; nothing: no such part.
std::optional<std::string> refusal_of_line(std::string_view line);

/// Calls `body`. Returns: its answer as a line, or the failure for its exception; nothing when `body` has no answer yet.
std::optional<std::string> answered(const std::function<Answer()> &body);

}  // namespace tidegate::control

#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "tidegate/error.hpp"

namespace tidegate::control {

using Json = nlohmann::ordered_json;

/// What a verb says; nothing: not yet.
using Answer = std::optional<Json>;

Json ok();

/// One line, whatever bytes the texts have.
std::string dump(const Json &json);

/// The answer to what failed, or was no request at all.
std::string failure(tg_result code, const std::string &text);

/// The answer to a line of which a part would be passed over in silence; nothing: there is no such part.
std::optional<std::string> refusal_of_line(std::string_view line);

/// What `body` answers as a line, or the failure that it throws.
std::optional<std::string> answered(const std::function<Answer()> &body);

}  // namespace tidegate::control

#pragma once

#include <string_view>

#include "tidegate/types.h"

namespace tidegate {

constexpr std::string_view view(tg_str text) { return {text.ptr, static_cast<std::size_t>(text.len)}; }
constexpr tg_str str(std::string_view text) { return {text.data(), text.size()}; }

}  // namespace tidegate

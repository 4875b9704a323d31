#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "scenario.hpp"

namespace tidegate::model {

inline char name_of(std::size_t service) { return service == 0 ? 'A' : 'B'; }
std::string_view text_of_event(std::uint32_t number);
/// The state of all services, each in a line.
std::vector<std::string> lines_of(const Scenario &scenario, const World &world);

}  // namespace tidegate::model

#include "runtime/fault.hpp"

#include <system_error>

namespace tidegate::sdk {

Fault system_fault(const std::string &tried, int error) {
  return {TG_E_SYSTEM, tried + ": " + std::generic_category().message(error)};
}

}  // namespace tidegate::sdk

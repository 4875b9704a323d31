#pragma once

#include <utility>

#include "runtime/callback_scope.hpp"

namespace tidegate::sdk::api {

/// Calls a function of the caller's as a callback: from inside it nothing may wait for the host, and the host may not be destroyed.
/// Returns: what it returns.
template <class Function, class... Arguments>
auto visit(Function *function, Arguments &&...arguments) {
  const CallbackScope scope;
  return function(std::forward<Arguments>(arguments)...);
}

}  // namespace tidegate::sdk::api

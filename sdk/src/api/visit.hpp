#pragma once

#include <utility>

#include "loop/callback_scope.hpp"

namespace tidegate::sdk::api {

/// Calls a function of the caller as a callback, inside which no call may wait for the host or destroy it. Returns: the function's result.
template <class Function, class... Arguments>
auto visit(Function *function, Arguments &&...arguments) {
  const CallbackScope scope;
  return function(std::forward<Arguments>(arguments)...);
}

}  // namespace tidegate::sdk::api

#pragma once

#include "control/answer.hpp"
#include "control/requests.hpp"

namespace tidegate::control {

// The verbs for plugins. A request names a plugin by its id. The path of its file comes from the server that loaded it, never from a
// request.
Answer plugins(const HostView &host, const Json &request, Held &held);
Answer reload_plugin(const HostView &host, const Json &request, Held &held);
Answer reconfigure_plugin(const HostView &host, const Json &request, Held &held);
Answer metrics(const HostView &host, const Json &request, Held &held);

}  // namespace tidegate::control

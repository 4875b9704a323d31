#pragma once

#include "control/answer.hpp"
#include "control/requests.hpp"

namespace tidegate::control {

// The verbs about plugins. A plugin is named by its id, and its file is where the server said: no path comes from here.
Answer plugins(const HostView &host, const Json &request, Held &held);
Answer reload_plugin(const HostView &host, const Json &request, Held &held);
Answer reconfigure_plugin(const HostView &host, const Json &request, Held &held);
Answer metrics(const HostView &host, const Json &request, Held &held);

}  // namespace tidegate::control

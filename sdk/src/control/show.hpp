#pragma once

#include <nlohmann/json_fwd.hpp>

#include "tidegate/plugins.hpp"
#include "tidegate/service.hpp"

namespace tidegate::control {

using Json = nlohmann::ordered_json;

/// A service at this moment, with its holds.
Json to_json(const Service &service);
/// A session, with the server's description of it.
Json to_json(const Service &service, const tg_session_info &session);
Json to_json(const PluginInfo &plugin);
/// A value that JSON cannot write, an infinity or NaN, is null.
Json to_json(const Metric &metric);

}  // namespace tidegate::control

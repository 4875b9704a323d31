#pragma once

#include <nlohmann/json_fwd.hpp>

#include "tidegate/plugins.hpp"
#include "tidegate/service.hpp"

namespace tidegate::control {

using Json = nlohmann::ordered_json;

/// A service at this moment, with its holds.
Json to_json(const Service &service);
/// A session, with what its host says about it.
Json to_json(const Service &service, const tg_session_info &session);
Json to_json(const PluginInfo &plugin);
/// A value that is no number of JSON's is null.
Json to_json(const Metric &metric);

}  // namespace tidegate::control

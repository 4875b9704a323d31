#pragma once

#include <string_view>

namespace tidegate::sdk {
class PluginHost;
}

namespace tidegate::sdk::api {

/// The tables that a host has besides the one that every plugin gets: what it is granted of them, or nullptr.
const void *host_extension(PluginHost &plugin, std::string_view name);

}  // namespace tidegate::sdk::api

#pragma once

#include <string_view>

namespace tidegate::sdk {
class PluginHost;
}

namespace tidegate::sdk::api {

/// Returns a further table of the host if the plugin was granted it, else nullptr.
const void *host_extension(PluginHost &plugin, std::string_view name);

}  // namespace tidegate::sdk::api

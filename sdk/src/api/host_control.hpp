#pragma once

#include <string_view>

namespace tidegate::sdk {
class PluginHost;
}

namespace tidegate::sdk::api {

/// Returns the host's table of that name if the plugin has the grant for it, else nullptr.
const void *host_extension(PluginHost &plugin, std::string_view name);

}  // namespace tidegate::sdk::api

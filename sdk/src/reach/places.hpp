#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tidegate::reach {

inline constexpr std::string_view kSocketName = "control.sock";

/// The folder in which this user's hosts have their folders: /run/tidegate for root, else `tidegate` in $XDG_RUNTIME_DIR,
/// else /tmp/tidegate-UID.
std::string own_base();

/// The folders in which a host may be found, this user's first.
std::vector<std::string> bases();

/// The control sockets that exist, by the name of their host.
struct Place {
  std::string host;
  std::string socket;
};
std::vector<Place> places();

}  // namespace tidegate::reach

#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

namespace tidegate::os {

inline constexpr std::string_view kSocketName = "control.sock";

/// Returns the folder for the hosts of this process's user, made if it is missing. The first of these that can be used:
/// 1. for root: /run/tidegate;
/// 2. `tidegate` in $XDG_RUNTIME_DIR, if that belongs to this user;
/// 3. `tidegate` in /run/user/UID, if that belongs to this user;
/// 4. `.local/state/tidegate` in the user's home folder, unless that is on a network file system;
/// 5. /tmp/tidegate-UID, or /tmp/tidegate-UID-XXXXXX when the usual name cannot be used, for example as another user has taken it.
/// A folder is used only if root and this user alone could have made or changed it; otherwise the next one is tried. Throws
/// std::runtime_error with a sentence that says why none of them can be used. For root there is only the first.
std::string make_own_base();

/// A control socket that exists or is bound. Its owner is not known yet, and its host may have ended.
struct Place {
  std::string host;
  std::string socket;
};

/// Returns the path in a line of /proc/net/unix, its eighth column; empty: the socket has none. An abstract name, which begins with "@", is
/// not a path: any user can take it.
std::string bound_path(std::string_view line);

/// The result of a search.
struct Search {
  std::vector<Place> places;        ///< sorted by host, then by socket; no socket twice
  std::vector<std::string> looked;  ///< the places, each with a remark for people
};

/// Looks for control sockets in:
/// 1. `tidegate` in this process's $XDG_RUNTIME_DIR;
/// 2. the places of make_own_base() for the `asked` user; for nullptr those for this user and for root;
/// 3. if this process is root: the places of all users;
/// 4. the system's list of bound sockets, which also has sockets made with another environment.
Search search(const uid_t *asked);

}  // namespace tidegate::os

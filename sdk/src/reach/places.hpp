#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

namespace tidegate::reach {

inline constexpr std::string_view kSocketName = "control.sock";

/// The folder for the hosts of this process's user, made if it is missing. In this order:
/// 1. for root: /run/tidegate;
/// 2. `tidegate` in $XDG_RUNTIME_DIR, when that is this user's;
/// 3. `tidegate` in /run/user/UID, likewise;
/// 4. `.local/state/tidegate` in the user's home folder, unless that is a network's;
/// 5. /tmp/tidegate-UID, or /tmp/tidegate-UID-XXXXXX when the usual name belongs to another user.
/// A folder is used only if root and this user alone could have made or changed it, so that a folder of another user
/// keeps no host from being served. Throws std::runtime_error with a sentence that says why none of them will do.
std::string make_own_base();

/// A control socket that exists or is bound. Its owner is not known yet, and its host may have ended.
struct Place {
  std::string host;
  std::string socket;
};

/// Returns the path in a line of /proc/net/unix, its eighth column; empty: the socket has none. A name that begins with "@" is none in the
/// file system: it is abstract, and any user can take it.
std::string bound_path(std::string_view line);

/// What a search came to.
struct Search {
  std::vector<Place> places;        ///< by host, then by socket; no socket twice
  std::vector<std::string> looked;  ///< the places, each with a remark for people
};

/// Looks in every place where a host can be that this user may control: the places of make_own_base() for this user and for root, for the
/// `asked` user, and for root the places of all users; and in the system's list of bound sockets, which also has sockets made with another
/// environment.
Search search(const uid_t *asked);

}  // namespace tidegate::reach

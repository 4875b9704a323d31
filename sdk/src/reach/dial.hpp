#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "reach/trust.hpp"

namespace tidegate::reach {

/// The state of a place where a host may be.
enum class Presence : std::uint8_t {
  live,     ///< a process that is believed listens
  dead,     ///< left behind: no process listens, or an ended process left files
  foreign,  ///< belongs to another user or is open to other users: not trusted, and not connected to
  closed    ///< this user may not look or connect
};

/// The end of a connection to a host, or why there is none.
struct Dialed {
  Presence presence = Presence::dead;
  int fd = -1;                          ///< live: the connection, the caller's to close; -1: too many clients wait already
  std::string why;                      ///< else a clause such as "no process listens at PATH"
  uid_t user = static_cast<uid_t>(-1);  ///< whose the socket, or the process behind it, is; -1: not known
  pid_t process = 0;                    ///< the process that listens; 0: not known
};

/// Connects to the control socket of a host, if that and the process behind it are believed: the folders on the way, the
/// socket, and the user of the process that listens.
Dialed dial(const std::string &socket, const Trusted &trusted);

}  // namespace tidegate::reach

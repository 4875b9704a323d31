#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "os/trust.hpp"

namespace tidegate::os {

/// The state of a control socket.
enum class Presence : std::uint8_t {
  live,     ///< a trusted process listens
  dead,     ///< no host can be reached: no process listens, or its process has ended
  foreign,  ///< not trusted: the socket, its folder or the listening process belongs to another user, or other users can change the folder
  closed    ///< this user may not look at the socket, or not connect
};

/// The connection to a host, or the reason why there is none.
struct Dialed {
  Presence presence = Presence::dead;
  int fd = -1;                          ///< the connection, closed by the caller; -1: none, also when a live host takes no more clients
  std::string why;                      ///< without a connection: a clause such as "there is no socket at PATH"
  uid_t user = static_cast<uid_t>(-1);  ///< the user of the listening process, or else the owner of the socket; -1: not known
  pid_t process = 0;                    ///< the process that listens; 0: not known
};

/// Connects to the control socket of a host. The folders on the way, the socket and the user of the listening process must be trusted.
/// Does not block.
Dialed dial(const std::string &socket, const Trusted &trusted);

}  // namespace tidegate::os

#pragma once

#include <string>
#include <vector>

#include "commands.hpp"
#include "reach/dial.hpp"
#include "reach/places.hpp"

/// A place where a host may be, and its state.
struct Seen {
  tidegate::reach::Place place;
  tidegate::reach::Dialed dialed;  ///< its connection is open if `live`, and the caller's to close
};

/// All that search() finds, each dialed. `looked` gets where that was.
std::vector<Seen> look_around(const Arguments &arguments, std::vector<std::string> &looked);

/// Connects to the host that the arguments select by path or by name, or TIDEGATE_HOST, or to the only host that answers, and sets the path
/// of its socket. Throws Stop with the places it looked in and the hosts it saw there.
int find_host(const Arguments &arguments, std::string &socket);

/// The user that --user or TIDEGATE_USER asks for, by name or number. Returns: false when there is none; throws Stop.
bool asked_user(const Arguments &arguments, uid_t &user);

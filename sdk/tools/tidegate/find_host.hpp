#pragma once

#include <string>
#include <vector>

#include "commands.hpp"
#include "os/dial.hpp"
#include "os/places.hpp"

/// A place where a host may be, and its state.
struct Seen {
  tidegate::os::Place place;
  tidegate::os::Dialed dialed;  ///< the caller closes its connection, if it has one
};

/// Returns all places that search() finds, and dials each. `looked` gets the folders that were searched.
std::vector<Seen> look_around(const Arguments &arguments, std::vector<std::string> &looked);

/// Connects to the host that the arguments select by path or by name, or TIDEGATE_HOST, or to the only host that answers, and sets the path
/// of its socket. Throws Stop with the places it looked in and the hosts it saw there.
int find_host(const Arguments &arguments, std::string &socket);

/// Finds the user that --user or TIDEGATE_USER names, by name or number. Returns: false when neither is given. Throws Stop when no user has
/// that name.
bool asked_user(const Arguments &arguments, uid_t &user);

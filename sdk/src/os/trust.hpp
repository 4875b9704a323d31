#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace tidegate::os {

/// The users whose sockets and processes are trusted. Folders on the way may also belong to root.
struct Trusted {
  std::vector<uid_t> users;
  bool has(uid_t user) const;
};

/// Returns the users whom a client trusts: its own user and root, for root also the user that called sudo; with `asked` only that user.
Trusted trusted_by_client(const uid_t *asked);

/// Returns why the folder cannot be trusted; empty: it can. The folder, and each folder on the way to it, must belong to a trusted user or
/// root, and no other user may write to it. A folder on the way that others may write to can have the sticky bit instead, as /tmp has.
std::string distrust_folder(const std::string &path, const Trusted &trusted);

/// Returns why the socket cannot be trusted, by its folders, its owner and its mode; empty: it can.
std::string distrust_socket(const std::string &path, const Trusted &trusted);

/// Returns a text such as "kam (uid 998)", or "uid 998" for a number without a user.
std::string user_name(uid_t user);

/// Returns the user's home folder in the system's list of users; empty: none.
std::string home_of(uid_t user);

}  // namespace tidegate::os

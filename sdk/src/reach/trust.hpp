#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace tidegate::reach {

/// The users whose sockets and processes are believed. Folders on the way may be root's too.
struct Trusted {
  std::vector<uid_t> users;
  bool has(uid_t user) const;
};

/// The users whom a client believes: itself and root, for root also the user who called sudo; with `asked` only that user.
Trusted trusted_by_client(const uid_t *asked);

/// Returns why the folder cannot be believed: it, or a folder on the way to it, belongs to another user, or others may
/// write to it (a folder on the way may have the sticky bit instead, as /tmp has). Empty: it can be.
std::string distrust_folder(const std::string &path, const Trusted &trusted);

/// Returns the same for a socket in such a folder.
std::string distrust_socket(const std::string &path, const Trusted &trusted);

/// "kam (uid 998)", or "uid 998" for a number without a user.
std::string user_name(uid_t user);

/// The user's home folder as the system knows it; empty: none.
std::string home_of(uid_t user);

}  // namespace tidegate::reach

#include "os/trust.hpp"

#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <system_error>

namespace tidegate::os {
namespace {

constexpr mode_t kWritableByOthers = S_IWGRP | S_IWOTH;

std::string reason(const std::string &path, const char *tried) {
  return std::string(tried) + " " + path + ": " + std::generic_category().message(errno);
}

/// The name and the home folder of a user, from getpwuid_r(); empty for a number without a user.
struct User {
  explicit User(uid_t number) {
    passwd *found = nullptr;
    if (getpwuid_r(number, &entry, buffer, sizeof buffer, &found) != 0 || found == nullptr) return;
    name = entry.pw_name;
    home = entry.pw_dir;
  }
  passwd entry{};
  char buffer[16384];
  std::string name, home;
};

/// Returns why one folder cannot be trusted; empty: it can. `last`: the folder is the last on the way, where a sticky bit is not enough.
std::string distrust_one(const std::string &path, const Trusted &trusted, bool last) {
  struct stat info {};
  if (lstat(path.c_str(), &info) != 0) return reason(path, "cannot look at");
  if (!S_ISDIR(info.st_mode)) return path + " is no folder";
  if (info.st_uid != 0 && !trusted.has(info.st_uid)) return path + " belongs to " + user_name(info.st_uid);
  const bool sticky = !last && (info.st_mode & S_ISVTX) != 0;
  if ((info.st_mode & kWritableByOthers) != 0 && !sticky) return path + " may be written to by others";
  return {};
}

}  // namespace

bool Trusted::has(uid_t user) const { return std::ranges::find(users, user) != users.end(); }

Trusted trusted_by_client(const uid_t *asked) {
  if (asked != nullptr) return {{*asked}};
  Trusted out{{geteuid()}};
  if (geteuid() != 0) {
    out.users.push_back(0);
    return out;
  }
  // sudo sets this variable to the user that called it: root then also trusts that user's hosts.
  const char *caller = std::getenv("SUDO_UID");
  uid_t number = 0;
  if (caller != nullptr && std::from_chars(caller, caller + std::strlen(caller), number).ec == std::errc())
    out.users.push_back(number);
  return out;
}

std::string distrust_folder(const std::string &path, const Trusted &trusted) {
  char resolved[PATH_MAX];
  if (realpath(path.c_str(), resolved) == nullptr) return reason(path, "cannot look at");
  const std::string whole(resolved);
  for (std::size_t end = 0; end != std::string::npos;) {
    end = whole.find('/', end + 1);
    const std::string part = end == std::string::npos ? whole : whole.substr(0, end);
    if (std::string why = distrust_one(part, trusted, end == std::string::npos); !why.empty()) return why;
  }
  return distrust_one("/", trusted, whole == "/");
}

std::string distrust_socket(const std::string &path, const Trusted &trusted) {
  const std::size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
  if (std::string why = distrust_folder(folder, trusted); !why.empty()) return why;
  struct stat info {};
  if (lstat(path.c_str(), &info) != 0) return reason(path, "cannot look at");
  if (!S_ISSOCK(info.st_mode)) return path + " is no socket";
  if (!trusted.has(info.st_uid)) return path + " belongs to " + user_name(info.st_uid);
  if ((info.st_mode & kWritableByOthers) != 0) return path + " may be written to by others";
  return {};
}

std::string user_name(uid_t user) {
  const std::string number = "uid " + std::to_string(user);
  const User known(user);
  return known.name.empty() ? number : known.name + " (" + number + ")";
}

std::string home_of(uid_t user) { return User(user).home; }

}  // namespace tidegate::os

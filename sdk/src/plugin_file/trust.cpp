#include "plugin_file/trust.hpp"

#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <memory>

#include "os/fault.hpp"

namespace tidegate::sdk {
namespace {

std::string octal(mode_t mode) {
  char out[8];
  std::snprintf(out, sizeof out, "%04o", static_cast<unsigned>(mode & 07777));
  return out;
}

bool is_ours(uid_t owner) { return owner == 0 || owner == geteuid(); }

std::string remedy() { return "let root own it, or the user of this process (" + std::to_string(geteuid()) + ")"; }

/// Checks one folder, or a link to one. Of a link only the owner counts, as a link can only be replaced in its folder.
void check_one(const std::string &what, const std::string &folder, bool sticky_is_enough) {
  struct stat it {};
  if (lstat(folder.c_str(), &it) != 0) throw system_fault(what + ": its folder " + folder + " cannot be looked at", errno);
  if (!is_ours(it.st_uid))
    throw Fault(TG_E_TRUST, what + ": its folder " + folder + " belongs to user " + std::to_string(it.st_uid) +
                                ", who could replace it; " + remedy());
  if (S_ISLNK(it.st_mode) || (it.st_mode & (S_IWGRP | S_IWOTH)) == 0) return;
  if (sticky_is_enough && (it.st_mode & S_ISVTX) != 0) return;
  throw Fault(TG_E_TRUST, what + ": others can write its folder " + folder + " (mode " + octal(it.st_mode) +
                              ") and replace it; chmod go-w " + folder);
}

}  // namespace

void check_owner(const std::string &what, const std::string &path, const struct stat &file) {
  if (!is_ours(file.st_uid))
    throw Fault(TG_E_TRUST, what + " belongs to user " + std::to_string(file.st_uid) + "; " + remedy());
  if ((file.st_mode & (S_IWGRP | S_IWOTH)) != 0)
    throw Fault(TG_E_TRUST, what + " can be written by others (mode " + octal(file.st_mode) + "); chmod go-w " + path);
}

void check_folders(const std::string &what, const std::string &path) {
  for (std::size_t end = path.find('/', 1); end != std::string::npos; end = path.find('/', end + 1))
    check_one(what, path.substr(0, end), true);
  check_one(what, "/", true);
}

void check_search_folder(const std::string &what, const std::string &folder) {
  std::string there = folder;
  std::unique_ptr<char, void (*)(void *)> real(nullptr, std::free);
  while (real.reset(realpath(there.c_str(), nullptr)), real == nullptr) {
    const std::size_t slash = there.rfind('/');
    there = slash == 0 || slash == std::string::npos ? "/" : there.substr(0, slash);
  }
  check_folders(what, there);        // the folders and links on the way
  check_folders(what, real.get());  // and the folders that the links lead to
  check_one(what, real.get(), false);
}

}  // namespace tidegate::sdk

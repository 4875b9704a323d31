#pragma once

#include <sys/stat.h>

#include <string>

namespace tidegate::sdk {

/// Checks of files from which code is loaded: only root and the user of this process may be able to write to them.
/// `what` begins each sentence: "plugin /opt/x.so", "plugin /opt/x.so needs /opt/liby.so, which". Each function throws Fault TG_E_TRUST, or
/// TG_E_SYSTEM when the file cannot be examined.

/// Checks the file itself, by the result of fstat().
void check_owner(const std::string &what, const std::string &path, const struct stat &file);

/// Checks all folders on the way to `path`, which is absolute. A folder with the sticky bit, such as /tmp, is accepted, as other users
/// cannot replace a file of this user in it.
void check_folders(const std::string &what, const std::string &path);

/// Checks a folder in which the loader looks for a library by its name, and all folders on the way to it: another user who can make a file
/// there could give it that name. For a folder that does not exist the nearest existing one is checked.
void check_search_folder(const std::string &what, const std::string &folder);

}  // namespace tidegate::sdk

#pragma once

#include <sys/stat.h>

#include <string>

namespace tidegate::sdk {

/// Who could have written a file from which code is loaded: nobody but root and the user of this process, or it is refused.
/// `what` begins each sentence: "plugin /opt/x.so", "plugin /opt/x.so needs /opt/liby.so, which". Each throws Fault TG_E_TRUST, or
/// TG_E_SYSTEM when it cannot be looked at.

/// The file itself, by what fstat() says of it.
void check_owner(const std::string &what, const std::string &path, const struct stat &file);

/// All folders on the way to `path`, which is absolute. A folder in which others may make files but not touch those of others,
/// such as /tmp, is no danger to a file in it.
void check_folders(const std::string &what, const std::string &path);

/// A folder in which a library is looked for by its name, and all folders on the way to it. Here no other may make a file: it could
/// have that name. A folder that does not exist is as good as the nearest one that does.
void check_search_folder(const std::string &what, const std::string &folder);

}  // namespace tidegate::sdk

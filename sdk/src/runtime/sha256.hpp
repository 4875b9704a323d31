#pragma once

#include <string>

namespace tidegate::sdk {

/// The SHA-256 of an open file's bytes from the first on, in 64 lower-case hexadecimal digits. Throws Fault
/// TG_E_SYSTEM, which names `path`. Whether somebody wrote to the file meanwhile is for the caller to see.
std::string sha256_of(int fd, const std::string &path);

}  // namespace tidegate::sdk

#pragma once

#include <string>

namespace tidegate::sdk {

/// Returns the SHA-256 of an open file from its first byte on, as 64 lower-case hexadecimal digits. Throws Fault TG_E_SYSTEM, which names
/// `path`. The caller checks whether the file was written to meanwhile.
std::string sha256_of(int fd, const std::string &path);

}  // namespace tidegate::sdk

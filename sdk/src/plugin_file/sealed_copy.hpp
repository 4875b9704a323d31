#pragma once

#include <string>

namespace tidegate::sdk {

/// Copies a regular file into memory that no process can change any more, this one included. Returns: a close-on-exec descriptor of the
/// copy. Throws Fault: TG_E_TRUST when the file was written to meanwhile, or lies on a file system that is mounted noexec;
/// TG_E_NOT_PLUGIN when it is larger than 512 MiB; TG_E_SYSTEM.
/// `original`: open for reading; `path`: its path, whose last part names the copy for debuggers.
int sealed_copy(int original, const std::string &path);

}  // namespace tidegate::sdk

#pragma once

#include <string>

namespace tidegate::sdk {

/// Copies a regular file into memory that nobody can change any more, this process included. Returns: a descriptor of the copy, close-
/// on-exec. Throws Fault: TG_E_TRUST when the file was written to meanwhile, or lies on a file system from which nothing may be run;
/// TG_E_NOT_PLUGIN when it is larger than 512 MiB; TG_E_SYSTEM.
/// `original`: open for reading; `path`: its path, whose last part names the copy for debuggers.
int sealed_copy(int original, const std::string &path);

}  // namespace tidegate::sdk

#pragma once

#include <string>

namespace tidegate::sdk {

struct ElfDynamic;

/// Checks the libraries that the loader will load with a plugin, in the loader's own search order and before any of their code runs.
/// Libraries outside the system's folders must satisfy the rules for the plugin's own file, recursively. A library that the process has
/// loaded already is not checked. Throws Fault TG_E_TRUST, and the errors of ElfFile.
/// `what`: "plugin /opt/x.so".
void check_dependencies(const std::string &what, const ElfDynamic &its);

/// Refuses an executable stack and text relocations: throws Fault TG_E_TRUST.
void check_protection(const std::string &what, const ElfDynamic &its);

}  // namespace tidegate::sdk

#pragma once

#include <string>

namespace tidegate::sdk {

struct ElfDynamic;

/// Checks the libraries that the loader will bring along with a plugin, as the loader looks for them and before any of their code
/// runs: those outside the system's folders for libraries must be as the plugin's own file is, down to the last. A library that the
/// process has already is what it is. Throws Fault TG_E_TRUST, and as ElfFile does.
/// `what`: "plugin /opt/x.so".
void check_dependencies(const std::string &what, const ElfDynamic &its);

/// An executable stack and text relocations: throws Fault TG_E_TRUST.
void check_protection(const std::string &what, const ElfDynamic &its);

}  // namespace tidegate::sdk

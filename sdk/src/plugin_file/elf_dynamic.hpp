#pragma once

#include <string>
#include <vector>

namespace tidegate::sdk {

class ElfFile;

/// The demands of a shared library on the loader.
struct ElfDynamic {
  std::vector<std::string> needed;          ///< libraries, by name or path
  std::vector<std::string> rpath, runpath;  ///< folders in which the loader looks for them, as the file has them
  bool executable_stack = false;            ///< the loader would make the stacks of all threads executable
  bool text_relocations = false;            ///< the loader would write to its code
  std::vector<std::string> leaves_behind;   ///< imported functions that leave an address of the file behind when it is unmapped
};

/// Reads the dynamic section. Throws as ElfFile does.
ElfDynamic read_elf_dynamic(const ElfFile &file);

}  // namespace tidegate::sdk

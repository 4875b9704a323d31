#pragma once

#include <string>
#include <vector>

namespace tidegate::sdk {

class ElfFile;

/// What a shared library asks of the loader.
struct ElfDynamic {
  std::vector<std::string> needed;          ///< libraries, by name or path
  std::vector<std::string> rpath, runpath;  ///< folders in which they are looked for, as they stand in the file
  bool executable_stack = false;            ///< it would make the stacks of all threads executable
  bool text_relocations = false;            ///< its code would be written to
  std::vector<std::string> leaves_behind;   ///< functions it uses that leave an address of it behind when it is unmapped
};

/// Throws as ElfFile does.
ElfDynamic read_elf_dynamic(const ElfFile &file);

}  // namespace tidegate::sdk

#pragma once

#include <string>

#include "tidegate/plugin_note.h"

namespace tidegate::sdk {

/// The note of a file: the known members of its head, and the texts behind the head.
struct ElfNote {
  tg_note_head head{};
  std::string texts;
};

class ElfFile;

/// Reads the one note of Tidegate's from a shared library. Throws as ElfFile does.
ElfNote read_elf_note(const ElfFile &file);

}  // namespace tidegate::sdk

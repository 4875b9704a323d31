#pragma once

#include <string>

#include "tidegate/note.h"

namespace tidegate::sdk {

/// A note as it stands in a file: its head, as far as it goes and is known, and what follows.
struct ElfNote {
  tg_note_head head{};
  std::string texts;
};

class ElfFile;

/// Reads the one note of Tidegate's from a shared library. Throws as ElfFile does.
ElfNote read_elf_note(const ElfFile &file);

}  // namespace tidegate::sdk

#pragma once

#include <string>

#include "tidegate/note.h"

namespace tidegate::sdk {

/// A note as it stands in a file: its head, as far as it goes and is known, and what follows.
struct ElfNote {
  tg_note_head head{};
  std::string texts;
};

/// Reads the one note of Tidegate's from a shared library for this machine. No byte of the file is believed: every place and
/// size in it is checked against the file before it is used, and nothing of it is run.
/// Throws Fault TG_E_NOT_PLUGIN with what is wrong with the file and what to do, TG_E_SYSTEM when it cannot be read.
/// `fd`: open for reading, a regular file; `path`: for the sentence.
ElfNote read_elf_note(int fd, const std::string &path);

}  // namespace tidegate::sdk

#include "plugin_file/elf_note.hpp"

#include <algorithm>
#include <cstring>
#include <optional>
#include <vector>

#include "plugin_file/elf_file.hpp"

namespace tidegate::sdk {
namespace {

constexpr std::uint64_t kMostNote = 65536;
constexpr unsigned kAlign = 4;              // alignment of notes
constexpr unsigned kAlignOfProperties = 8;  // alignment of the compiler's own notes, which are skipped

constexpr std::uint64_t aligned(std::uint64_t size) { return (size + kAlign - 1) / kAlign * kAlign; }

bool overlap(std::uint64_t from, std::uint64_t bytes, std::uint64_t other, std::uint64_t others_bytes) {
  return from < other + others_bytes && other < from + bytes;  // both lie in the file: no sum overflows
}

/// Reads a segment of notes. A segment that overlaps the headers of the file is refused.
std::vector<char> notes_in(const ElfFile &file, const Elf64_Phdr &segment) {
  const Elf64_Ehdr &header = file.header();
  if (segment.p_filesz > kMostNote)
    file.refuse("has notes of " + std::to_string(segment.p_filesz) + " bytes; 65,536 at most are read");
  if (!file.has(segment.p_offset, segment.p_filesz)) file.refuse("is cut short: its notes lie beyond its end");
  if (overlap(segment.p_offset, segment.p_filesz, 0, sizeof header) ||
      overlap(segment.p_offset, segment.p_filesz, header.e_phoff, std::uint64_t{header.e_phnum} * sizeof(Elf64_Phdr)))
    file.refuse("has notes that overlap its headers");
  std::vector<char> notes(segment.p_filesz);
  file.read(segment.p_offset, notes.data(), notes.size());
  return notes;
}

/// Calls `fn(descriptor, its size)` for each note of Tidegate's.
template <class F>
void for_each_note(const ElfFile &file, const std::vector<char> &notes, F &&fn) {
  std::uint64_t at = 0;
  while (notes.size() - at >= sizeof(Elf64_Nhdr)) {
    Elf64_Nhdr note{};
    std::memcpy(&note, notes.data() + at, sizeof note);
    if (note.n_namesz == 0 && note.n_descsz == 0 && note.n_type == 0) return;  // padding at the end of a section
    at += sizeof note;
    const std::uint64_t left = notes.size() - at, descriptor = aligned(note.n_namesz);
    if (descriptor > left || note.n_descsz > left - descriptor) file.refuse("has a note that goes on beyond its segment");
    const bool ours = note.n_type == TG_NOTE_TYPE && note.n_namesz == sizeof TG_NOTE_OWNER &&
                      std::memcmp(notes.data() + at, TG_NOTE_OWNER, sizeof TG_NOTE_OWNER) == 0;
    if (ours) fn(notes.data() + at + descriptor, std::uint64_t{note.n_descsz});
    at += std::min(left, descriptor + aligned(note.n_descsz));
  }
}

ElfNote note_of(const ElfFile &file, const char *descriptor, std::uint64_t bytes) {
  ElfNote note;
  constexpr std::uint64_t kLeast = sizeof(tg_note_head);
  if (bytes < kLeast) file.refuse("has a note of Tidegate's that is cut short");
  std::memcpy(&note.head, descriptor, kLeast);
  if (note.head.struct_size < kLeast || note.head.struct_size > bytes)
    file.refuse("has a note of Tidegate's whose head has " + std::to_string(note.head.struct_size) + " of its " +
                std::to_string(bytes) + " bytes");
  note.texts.assign(descriptor + note.head.struct_size, bytes - note.head.struct_size);
  return note;
}

}  // namespace

ElfNote read_elf_note(const ElfFile &file) {
  std::optional<ElfNote> found;
  for (const Elf64_Phdr &segment : file.segments()) {
    if (segment.p_type != PT_NOTE || segment.p_align == kAlignOfProperties) continue;
    for_each_note(file, notes_in(file, segment), [&](const char *descriptor, std::uint64_t bytes) {
      if (found) file.refuse("has more than one note of Tidegate's; declare one plugin in a file");
      found = note_of(file, descriptor, bytes);
    });
  }
  if (!found) file.refuse("has no note of Tidegate's; declare it with TG_PLUGIN (tidegate/plugin_entry.h)");
  return *found;
}

}  // namespace tidegate::sdk

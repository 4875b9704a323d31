#include "runtime/elf_note.hpp"

#include <elf.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <vector>

#include "runtime/fault.hpp"

namespace tidegate::sdk {
namespace {

constexpr std::uint64_t kMostHeaders = 256;
constexpr std::uint64_t kMostNote = 65536;
constexpr unsigned kAlign = 4;              // of notes
constexpr unsigned kAlignOfProperties = 8;  // but for those of the compiler's own

#if defined(__x86_64__)
constexpr std::uint16_t kMachine = EM_X86_64;
#elif defined(__aarch64__)
constexpr std::uint16_t kMachine = EM_AARCH64;
#else
#error "add the ELF number of this machine"
#endif

constexpr std::uint64_t aligned(std::uint64_t size) { return (size + kAlign - 1) / kAlign * kAlign; }

/// A file that may end anywhere, and change while it is read.
class File {
 public:
  File(int fd, const std::string &path) : fd_(fd), path_(path) {
    struct stat file {};
    if (fstat(fd, &file) != 0) throw system_fault("plugin " + path + " cannot be looked at", errno);
    size_ = static_cast<std::uint64_t>(file.st_size);
  }

  std::uint64_t size() const { return size_; }
  /// Whether so much is there: both may be anything.
  bool has(std::uint64_t from, std::uint64_t bytes) const { return from <= size_ && bytes <= size_ - from; }
  void read(std::uint64_t from, void *to, std::size_t bytes) const {
    auto *at = static_cast<char *>(to);
    while (bytes != 0) {
      const ssize_t got = pread(fd_, at, bytes, static_cast<off_t>(from));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) throw system_fault("plugin " + path_ + " cannot be read", errno);
      if (got == 0) refuse("was cut short while it was read");
      at += got;
      from += static_cast<std::uint64_t>(got);
      bytes -= static_cast<std::size_t>(got);
    }
  }
  [[noreturn]] void refuse(const std::string &why) const { throw Fault(TG_E_NOT_PLUGIN, "plugin " + path_ + " " + why); }

 private:
  const int fd_;
  const std::string &path_;
  std::uint64_t size_ = 0;
};

Elf64_Ehdr header_of(const File &file) {
  Elf64_Ehdr header{};
  file.read(0, &header, static_cast<std::size_t>(std::min<std::uint64_t>(file.size(), sizeof header)));
  if (std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0)
    file.refuse("is not an ELF file; give the shared library (.so) that was built");
  if (file.size() < sizeof header)
    file.refuse("is cut short: it has " + std::to_string(file.size()) + " bytes, an ELF header alone has 64");
  if (header.e_ident[EI_CLASS] != ELFCLASS64) file.refuse("is not a 64-bit library; build it for 64 bits");
  if (header.e_ident[EI_DATA] != (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? ELFDATA2LSB : ELFDATA2MSB))
    file.refuse("has the byte order of another machine; build it for this one");
  if (header.e_machine != kMachine)
    file.refuse("was built for another processor (ELF machine " + std::to_string(header.e_machine) + ", this one is " +
                std::to_string(kMachine) + "); build it for this one");
  if (header.e_type != ET_DYN) file.refuse("is not a shared library; link it with -shared");
  return header;
}

std::vector<Elf64_Phdr> segments_of(const File &file, const Elf64_Ehdr &header) {
  if (header.e_phentsize != sizeof(Elf64_Phdr) || header.e_phnum == 0 || header.e_phnum > kMostHeaders)
    file.refuse("has " + std::to_string(header.e_phnum) + " program headers of " + std::to_string(header.e_phentsize) +
                " bytes; a library has 1 to 256 of 56");
  std::vector<Elf64_Phdr> segments(header.e_phnum);
  const std::size_t bytes = segments.size() * sizeof(Elf64_Phdr);
  if (!file.has(header.e_phoff, bytes)) file.refuse("is cut short: its program headers lie beyond its end");
  file.read(header.e_phoff, segments.data(), bytes);
  // The loader would map what is not there, and whoever touches that is killed.
  for (const Elf64_Phdr &segment : segments)
    if (segment.p_type == PT_LOAD && !file.has(segment.p_offset, segment.p_filesz))
      file.refuse("is cut short: what is to be loaded lies beyond its end");
  return segments;
}

bool overlap(std::uint64_t from, std::uint64_t bytes, std::uint64_t other, std::uint64_t others_bytes) {
  return from < other + others_bytes && other < from + bytes;  // both lie in the file: no sum overflows
}

/// What a segment of notes has in it, the file's own headers kept out.
std::vector<char> notes_in(const File &file, const Elf64_Ehdr &header, const Elf64_Phdr &segment) {
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

/// Calls `fn(descriptor, its bytes)` for each note of Tidegate's.
template <class F>
void for_each_note(const File &file, const std::vector<char> &notes, F &&fn) {
  std::uint64_t at = 0;
  while (notes.size() - at >= sizeof(Elf64_Nhdr)) {
    Elf64_Nhdr note{};
    std::memcpy(&note, notes.data() + at, sizeof note);
    if (note.n_namesz == 0 && note.n_descsz == 0 && note.n_type == 0) return;  // what fills up a section
    at += sizeof note;
    const std::uint64_t left = notes.size() - at, descriptor = aligned(note.n_namesz);
    if (descriptor > left || note.n_descsz > left - descriptor) file.refuse("has a note that goes on beyond its segment");
    const bool ours = note.n_type == TG_NOTE_TYPE && note.n_namesz == sizeof TG_NOTE_OWNER &&
                      std::memcmp(notes.data() + at, TG_NOTE_OWNER, sizeof TG_NOTE_OWNER) == 0;
    if (ours) fn(notes.data() + at + descriptor, std::uint64_t{note.n_descsz});
    at += std::min(left, descriptor + aligned(note.n_descsz));
  }
}

ElfNote note_of(const File &file, const char *descriptor, std::uint64_t bytes) {
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

ElfNote read_elf_note(int fd, const std::string &path) {
  const File file(fd, path);
  const Elf64_Ehdr header = header_of(file);
  std::optional<ElfNote> found;
  for (const Elf64_Phdr &segment : segments_of(file, header)) {
    if (segment.p_type != PT_NOTE || segment.p_align == kAlignOfProperties) continue;
    for_each_note(file, notes_in(file, header, segment), [&](const char *descriptor, std::uint64_t bytes) {
      if (found) file.refuse("has more than one note of Tidegate's; declare one plugin in a file");
      found = note_of(file, descriptor, bytes);
    });
  }
  if (!found) file.refuse("has no note of Tidegate's; declare it with TG_PLUGIN (tidegate/entry.h)");
  return *found;
}

}  // namespace tidegate::sdk

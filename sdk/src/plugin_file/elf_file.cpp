#include "plugin_file/elf_file.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "os/fault.hpp"

namespace tidegate::sdk {
namespace {

constexpr std::uint64_t kMostHeaders = 256;

#if defined(__x86_64__)
constexpr std::uint16_t kMachine = EM_X86_64;
#elif defined(__aarch64__)
constexpr std::uint16_t kMachine = EM_AARCH64;
#else
#error "add the ELF number of this machine"
#endif

}  // namespace

ElfFile::ElfFile(int fd, const std::string &what) : fd_(fd), what_(what) {
  struct stat file {};
  if (fstat(fd, &file) != 0) throw system_fault(what + " cannot be looked at", errno);
  size_ = static_cast<std::uint64_t>(file.st_size);
  read_header();
  read_segments();
}

void ElfFile::read(std::uint64_t from, void *to, std::size_t bytes) const {
  auto *at = static_cast<char *>(to);
  while (bytes != 0) {
    const ssize_t got = pread(fd_, at, bytes, static_cast<off_t>(from));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw system_fault(what_ + " cannot be read", errno);
    if (got == 0) refuse("was cut short while it was read");
    at += got;
    from += static_cast<std::uint64_t>(got);
    bytes -= static_cast<std::size_t>(got);
  }
}

std::uint64_t ElfFile::place_of(std::uint64_t address, std::uint64_t bytes) const {
  for (const Elf64_Phdr &segment : segments_) {
    if (segment.p_type != PT_LOAD || address < segment.p_vaddr) continue;
    const std::uint64_t in = address - segment.p_vaddr;
    if (in <= segment.p_filesz && bytes <= segment.p_filesz - in) return segment.p_offset + in;
  }
  return UINT64_MAX;
}

void ElfFile::refuse(const std::string &why) const { throw Fault(TG_E_NOT_PLUGIN, what_ + " " + why); }

void ElfFile::read_header() {
  read(0, &header_, static_cast<std::size_t>(std::min<std::uint64_t>(size_, sizeof header_)));
  if (std::memcmp(header_.e_ident, ELFMAG, SELFMAG) != 0)
    refuse("is not an ELF file; give the shared library (.so) that was built");
  if (size_ < sizeof header_)
    refuse("is cut short: it has " + std::to_string(size_) + " bytes, an ELF header alone has 64");
  if (header_.e_ident[EI_CLASS] != ELFCLASS64) refuse("is not a 64-bit library; build it for 64 bits");
  if (header_.e_ident[EI_DATA] != (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? ELFDATA2LSB : ELFDATA2MSB))
    refuse("has the byte order of another machine; build it for this one");
  if (header_.e_machine != kMachine)
    refuse("was built for another processor (ELF machine " + std::to_string(header_.e_machine) + ", this one is " +
           std::to_string(kMachine) + "); build it for this one");
  if (header_.e_type != ET_DYN) refuse("is not a shared library; link it with -shared");
}

void ElfFile::read_segments() {
  if (header_.e_phentsize != sizeof(Elf64_Phdr) || header_.e_phnum == 0 || header_.e_phnum > kMostHeaders)
    refuse("has " + std::to_string(header_.e_phnum) + " program headers of " + std::to_string(header_.e_phentsize) +
           " bytes; a library has 1 to 256 of 56");
  segments_.resize(header_.e_phnum);
  const std::size_t bytes = segments_.size() * sizeof(Elf64_Phdr);
  if (!has(header_.e_phoff, bytes)) refuse("is cut short: its program headers lie beyond its end");
  read(header_.e_phoff, segments_.data(), bytes);
  // The loader would map pages beyond the end of the file, and a thread that touches such a page is killed.
  for (const Elf64_Phdr &segment : segments_)
    if (segment.p_type == PT_LOAD && !has(segment.p_offset, segment.p_filesz))
      refuse("is cut short: what is to be loaded lies beyond its end");
}

}  // namespace tidegate::sdk

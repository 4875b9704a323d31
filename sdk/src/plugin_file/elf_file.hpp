#pragma once

#include <elf.h>

#include <cstdint>
#include <string>
#include <vector>

namespace tidegate::sdk {

/// Reads a shared library for this machine from a file. No byte of the file is trusted: every offset and size is checked against the
/// file before its use, and no code of the file runs. The file may end anywhere, and may change while it is read.
/// Each function throws Fault TG_E_NOT_PLUGIN with the defect and the remedy, and TG_E_SYSTEM when the file cannot be read.
class ElfFile {
 public:
  /// `fd`: open for reading, a regular file, borrowed; `what` begins each sentence, such as "plugin /opt/x.so", and is borrowed too.
  ElfFile(int fd, const std::string &what);

  const Elf64_Ehdr &header() const { return header_; }
  const std::vector<Elf64_Phdr> &segments() const { return segments_; }

  std::uint64_t size() const { return size_; }
  /// Returns: whether the file has `bytes` from `from` on. Both may be any numbers.
  bool has(std::uint64_t from, std::uint64_t bytes) const { return from <= size_ && bytes <= size_ - from; }
  void read(std::uint64_t from, void *to, std::size_t bytes) const;
  /// Returns the place in the file of `bytes` that are loaded at an address; UINT64_MAX when they are not all in one segment.
  std::uint64_t place_of(std::uint64_t address, std::uint64_t bytes) const;
  [[noreturn]] void refuse(const std::string &why) const;

 private:
  void read_header();
  void read_segments();

  const int fd_;
  const std::string &what_;
  std::uint64_t size_ = 0;
  Elf64_Ehdr header_{};
  std::vector<Elf64_Phdr> segments_;
};

}  // namespace tidegate::sdk

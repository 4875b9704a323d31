#include "plugin_file/elf_dynamic.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "core/border_text.hpp"
#include "plugin_file/elf_file.hpp"

namespace tidegate::sdk {
namespace {

constexpr std::uint64_t kMostDynamic = 64u << 10;
constexpr std::uint64_t kMostTexts = 64u << 20;
constexpr std::size_t kMostNeeded = 256;
constexpr std::size_t kLongestName = 65536;

/// Functions that make the C library, the kernel or another thread call code of the plugin later, perhaps after the unmapping: destructors
/// of keys, handlers of signals and timers, exit handlers, and detached threads.
constexpr std::array<std::string_view, 12> kLeaveBehind{
    "pthread_key_create", "tss_create", "sigaction",    "signal",         "bsd_signal",              "sigset",
    "on_exit",            "timer_create", "pthread_detach", "thrd_detach", "_ZNSt6thread6detachEv", "pthread_attr_setdetachstate"};

std::vector<Elf64_Dyn> entries_of(const ElfFile &file) {
  for (const Elf64_Phdr &segment : file.segments()) {
    if (segment.p_type != PT_DYNAMIC) continue;
    if (segment.p_filesz > kMostDynamic || !file.has(segment.p_offset, segment.p_filesz))
      file.refuse("has a dynamic section that lies beyond its end, or is longer than 65,536 bytes");
    std::vector<Elf64_Dyn> entries(segment.p_filesz / sizeof(Elf64_Dyn));
    file.read(segment.p_offset, entries.data(), entries.size() * sizeof(Elf64_Dyn));
    const auto end = std::ranges::find(entries, DT_NULL, &Elf64_Dyn::d_tag);
    entries.erase(end, entries.end());
    return entries;
  }
  return {};
}

std::uint64_t value_of(const std::vector<Elf64_Dyn> &entries, std::int64_t tag) {
  const auto found = std::ranges::find(entries, tag, &Elf64_Dyn::d_tag);
  return found == entries.end() ? 0 : found->d_un.d_val;
}

std::string texts_of(const ElfFile &file, const std::vector<Elf64_Dyn> &entries) {
  const std::uint64_t bytes = value_of(entries, DT_STRSZ);
  if (bytes == 0) return {};
  const std::uint64_t place = file.place_of(value_of(entries, DT_STRTAB), bytes);
  if (bytes > kMostTexts || place == UINT64_MAX) file.refuse("has names of symbols that lie beyond its end");
  std::string texts(bytes, '\0');
  file.read(place, texts.data(), texts.size());
  return texts;
}

std::string text_at(const ElfFile &file, const std::string &texts, std::uint64_t at) {
  const std::size_t end = at < texts.size() ? texts.find('\0', at) : std::string::npos;
  if (end == std::string::npos) file.refuse("has a name in its dynamic section that lies beyond its texts");
  std::string text = texts.substr(at, end - at);
  if (check_text(text, kLongestName) != TextFault::none) file.refuse("needs a library, or looks in a folder, whose name is no plain text");
  return text;
}

std::vector<std::string> split(const std::string &folders) {
  std::vector<std::string> out;
  for (std::size_t at = 0; at <= folders.size();) {
    const std::size_t end = std::min(folders.find(':', at), folders.size());
    out.push_back(folders.substr(at, end - at));
    at = end + 1;
  }
  return out;
}

bool has_executable_stack(const ElfFile &file) {
  for (const Elf64_Phdr &segment : file.segments())
    if (segment.p_type == PT_GNU_STACK) return (segment.p_flags & PF_X) != 0;
  return true;  // without the mark the loader assumes an executable stack
}

}  // namespace

ElfDynamic read_elf_dynamic(const ElfFile &file) {
  const std::vector<Elf64_Dyn> entries = entries_of(file);
  const std::string texts = texts_of(file, entries);
  ElfDynamic out;
  out.executable_stack = has_executable_stack(file);
  for (const Elf64_Dyn &entry : entries) {
    switch (entry.d_tag) {
      // The loader loads filters and auxiliary libraries like needed libraries.
      case DT_NEEDED:
      case DT_FILTER:
      case DT_AUXILIARY: out.needed.push_back(text_at(file, texts, entry.d_un.d_val)); break;
      case DT_RPATH: out.rpath = split(text_at(file, texts, entry.d_un.d_val)); break;
      case DT_RUNPATH: out.runpath = split(text_at(file, texts, entry.d_un.d_val)); break;
      case DT_TEXTREL: out.text_relocations = true; break;
      case DT_FLAGS: out.text_relocations |= (entry.d_un.d_val & DF_TEXTREL) != 0; break;
      default: break;
    }
    if (out.needed.size() > kMostNeeded) file.refuse("needs more than 256 libraries");
  }
  for (const std::string_view name : kLeaveBehind)
    if (texts.find('\0' + std::string(name) + '\0') != std::string::npos) out.leaves_behind.emplace_back(name);
  return out;
}

}  // namespace tidegate::sdk

#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "core/fixed_text.hpp"

namespace tidegate::sdk {

/// Reads the tables, structs and texts of a plugin: each is checked here before the library uses a byte of it. Every error except a wrong
/// pointer is detected.
///
/// A size is refused unless a compiler can produce it: a struct whose members are aligned to 8 bytes has a size that is a multiple of 8.
/// So a struct never ends inside a pointer, and the length of a text that was cut off is 0.

inline constexpr std::uint32_t kLargestHandedOver = 64 * 1024;  // no struct of any version comes near; larger is garbage
inline constexpr std::uint64_t kLongestHandedOver = 65536;      // bytes of a text; longer is garbage

/// Returns: whether `text` is a text of at most `longest` bytes: a length with an address.
inline bool is_text(tg_str text, std::uint64_t longest = kLongestHandedOver) {
  return text.len == 0 || (text.ptr != nullptr && text.len <= longest);
}

/// Returns the text; an empty text when is_text() is false.
inline std::string_view read_text(tg_str text, std::uint64_t longest = kLongestHandedOver) {
  return text.len != 0 && is_text(text, longest) ? view(text) : std::string_view();
}

/// Returns: whether a struct of type T may say that it has this size.
template <class T>
constexpr bool is_size_of(std::uint32_t size, std::uint32_t least) {
  return size >= least && size <= kLargestHandedOver && size % alignof(T) == 0;
}

enum class Handed : std::uint8_t { nothing, whole, misaligned, bad_size, other_major };

/// Copies a plugin's struct into `out`: members that an older plugin does not have are zero, and unknown members of a newer plugin are left
/// out. A struct of another major version is refused; an `abi` of 0 means that the version is not stated.
/// `least`: the size of the first version of the struct. Returns: Handed::whole, or the reason why `out` is unchanged.
template <class T>
Handed read_handed_over(const void *given, std::uint32_t least, T &out) {
  if (given == nullptr) return Handed::nothing;
  if (reinterpret_cast<std::uintptr_t>(given) % alignof(T) != 0) return Handed::misaligned;
  std::uint32_t size;
  std::memcpy(&size, given, sizeof size);
  if (!is_size_of<T>(size, least)) return Handed::bad_size;
  std::uint32_t abi;
  std::memcpy(&abi, static_cast<const char *>(given) + sizeof size, sizeof abi);
  if (abi != 0 && TG_ABI_MAJOR(abi) != TG_ABI_MAJOR(TG_PLUGIN_ABI)) return Handed::other_major;
  out = T{};
  std::memcpy(&out, given, std::min<std::size_t>(size, sizeof(T)));
  return Handed::whole;
}

}  // namespace tidegate::sdk

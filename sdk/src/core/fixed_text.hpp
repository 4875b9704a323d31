#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "tidegate/base.h"

namespace tidegate::sdk {

inline std::string_view view(tg_str text) { return {text.ptr, static_cast<std::size_t>(text.len)}; }
inline tg_str to_str(std::string_view text) { return {text.data(), text.size()}; }

/// A text of at most N bytes that needs no memory allocation, as events and drains must work without memory. A longer text is cut before
/// the character that does not fit.
template <std::size_t N>
class FixedText {
 public:
  FixedText() = default;
  explicit FixedText(std::string_view text) { assign(text); }

  void assign(std::string_view text) {
    std::size_t length = text.size() < N ? text.size() : N;
    if (length < text.size())
      while (length > 0 && (static_cast<unsigned char>(text[length]) & 0xc0u) == 0x80u) --length;
    if (length > 0) std::memcpy(bytes_, text.data(), length);
    length_ = static_cast<std::uint16_t>(length);
  }

  std::string_view view() const { return {bytes_, length_}; }
  tg_str str() const { return {bytes_, length_}; }
  bool empty() const { return length_ == 0; }
  bool operator==(const FixedText &other) const { return view() == other.view(); }

 private:
  static_assert(N <= UINT16_MAX);
  std::uint16_t length_ = 0;
  char bytes_[N] = {};
};

}  // namespace tidegate::sdk

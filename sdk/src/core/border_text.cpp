#include "core/border_text.hpp"

#include <algorithm>
#include <cstring>

namespace tidegate::sdk {
namespace {

constexpr std::uint32_t kNotUtf8 = UINT32_MAX;
constexpr std::string_view kReplacement = "\xef\xbf\xbd";  // U+FFFD

struct Character {
  std::uint32_t code;  // kNotUtf8: the byte belongs to no character
  std::size_t bytes;
};

/// Reads the first character of a text that is not empty. The ranges are those of table 3-7 of the Unicode Standard: no overlong
/// form, no surrogate, nothing beyond U+10FFFF.
Character first_of(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  const std::size_t bytes = lead >= 0xc2 && lead <= 0xdf ? 2 : (lead & 0xf0) == 0xe0 ? 3 : lead >= 0xf0 && lead <= 0xf4 ? 4 : 0;
  if (bytes == 0 || text.size() < bytes) return {kNotUtf8, 1};
  std::uint32_t code = lead & (0x7fu >> bytes);
  for (std::size_t i = 1; i < bytes; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return {kNotUtf8, 1};
    code = code << 6 | (byte(i) & 0x3fu);
  }
  constexpr std::uint32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = code >= 0xd800 && code <= 0xdfff;
  if (code < kLeast[bytes] || surrogate || code > 0x10ffff) return {kNotUtf8, 1};
  return {code, bytes};
}

struct Range {
  std::uint32_t first, last;
};
constexpr Range kNotPlain[] = {{0x00, 0x1f},     {0x7f, 0x9f},     {0x061c, 0x061c}, {0x200b, 0x200b},
                               {0x200e, 0x200f}, {0x2028, 0x202e}, {0x2060, 0x2064}, {0x2066, 0x2069},
                               {0xfeff, 0xfeff}, {0xfff9, 0xfffb}, {0xe0000, 0xe007f}};

bool is_plain(std::uint32_t code) {
  if (code >= 0x20 && code < 0x7f) return true;
  return std::ranges::none_of(kNotPlain, [&](const Range &range) { return code >= range.first && code <= range.last; });
}

bool is_space(std::uint32_t code) { return code == '\t' || code == '\n' || code == '\r'; }

}  // namespace

TextFault check_text(std::string_view text, std::size_t longest) {
  if (text.size() > longest) return TextFault::too_long;
  while (!text.empty()) {
    const Character next = first_of(text);
    if (next.code == kNotUtf8) return TextFault::not_utf8;
    if (!is_plain(next.code)) return TextFault::not_plain;
    text.remove_prefix(next.bytes);
  }
  return TextFault::none;
}

std::string_view why(TextFault fault) {
  switch (fault) {
    case TextFault::none: return "is in order";
    case TextFault::too_long: return "is too long; give a shorter one";
    case TextFault::not_utf8: return "is not valid UTF-8; give it in that encoding";
    case TextFault::not_plain:
      return "contains a control character, an invisible character or a mark that changes the direction of writing; remove it";
  }
  return "";
}

bool is_redirect(std::string_view text, std::size_t longest) {
  constexpr std::string_view kOthers = "-._~:/?#[]@!$&'()*+,;=%";
  const auto allowed = [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || kOthers.find(c) != std::string_view::npos;
  };
  return !text.empty() && text.size() <= longest && std::ranges::all_of(text, allowed);
}

std::size_t clean(std::string_view text, char *out, std::size_t capacity) {
  std::size_t written = 0;
  while (!text.empty()) {
    const Character next = first_of(text);
    const bool plain = next.code != kNotUtf8 && is_plain(next.code);
    const std::string_view kept = plain ? text.substr(0, next.bytes) : is_space(next.code) ? " " : kReplacement;
    if (written + kept.size() > capacity) break;
    std::memmove(out + written, kept.data(), kept.size());
    written += kept.size();
    text.remove_prefix(next.bytes);
  }
  return written;
}

std::string clean_text(std::string_view text, std::size_t longest) {
  // A byte that is not UTF-8 becomes three.
  std::string out(std::min(longest, text.size() * kReplacement.size()), '\0');
  out.resize(clean(text, out.data(), out.size()));
  return out;
}

}  // namespace tidegate::sdk

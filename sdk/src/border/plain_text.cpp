#include "border/plain_text.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
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

bool is_in(std::uint32_t code, const auto &ranges) {
  return std::ranges::any_of(ranges, [&](const Range &range) { return code >= range.first && code <= range.last; });
}

/// Controls, separators, marks of direction, and all that is invisible.
constexpr Range kNotPlain[] = {
    {0x00, 0x1f},       {0x7f, 0x9f},       {0xad, 0xad},       {0x034f, 0x034f},     {0x061c, 0x061c},     {0x115f, 0x1160},
    {0x17b4, 0x17b5},   {0x180b, 0x180f},   {0x200b, 0x200f},   {0x2028, 0x202e},     {0x2060, 0x206f},     {0x2800, 0x2800},
    {0x3164, 0x3164},   {0xfe00, 0xfe0f},   {0xfeff, 0xfeff},   {0xffa0, 0xffa0},     {0xfff0, 0xfffb},     {0x1bca0, 0x1bca3},
    {0x1d159, 0x1d159}, {0x1d173, 0x1d17a}, {0xe0000, 0xe0fff}};

/// Those of them that prose keeps: joiners and variation selectors.
constexpr Range kOfProse[] = {{0x180b, 0x180d}, {0x180f, 0x180f}, {0x200c, 0x200d}, {0xfe00, 0xfe0f}, {0xe0100, 0xe01ef}};

/// Blanks other than the space that are plain characters otherwise. 0x2028 and 0x2029 count as control characters here.
constexpr Range kBlanks[] = {{0xa0, 0xa0}, {0x1680, 0x1680}, {0x2000, 0x200a}, {0x202f, 0x202f}, {0x205f, 0x205f}, {0x3000, 0x3000}};

bool is_plain_in_name(std::uint32_t code) {
  if (code >= 0x20 && code < 0x7f) return true;
  return code != kNotUtf8 && !is_in(code, kNotPlain);
}

bool is_plain(std::uint32_t code) { return is_plain_in_name(code) || is_in(code, kOfProse); }

/// Appends the number of a character as `format` has it, or in the shortest form of "\x1b", "\u202e", "\U000e0041".
void append_number(std::string &out, std::uint32_t code, const char *format = nullptr) {
  std::array<char, 16> number{};
  if (format == nullptr) format = code <= 0xff ? "\\x%02x" : code <= 0xffff ? "\\u%04x" : "\\U%08x";
  std::snprintf(number.data(), number.size(), format, code);
  out += number.data();
}

/// Appends each character, or its number when `kept` does not keep it.
std::string shown(std::string_view text, bool (*kept)(std::uint32_t)) {
  std::string out;
  while (!text.empty()) {
    const Character next = first_of(text);
    if (next.code == kNotUtf8)
      append_number(out, static_cast<unsigned char>(text.front()));
    else if (kept(next.code))
      out += text.substr(0, next.bytes);
    else
      append_number(out, next.code);
    text.remove_prefix(next.bytes);
  }
  return out;
}

bool is_space(std::uint32_t code) { return code == '\t' || code == '\n' || code == '\r'; }

}  // namespace

TextFault check_text(std::string_view text, std::size_t longest) {
  if (text.size() > longest) return TextFault::too_long;
  bool blank = text.starts_with(' ') || text.ends_with(' ');
  while (!text.empty()) {
    const Character next = first_of(text);
    if (next.code == kNotUtf8) return TextFault::not_utf8;
    if (!is_plain_in_name(next.code)) return TextFault::not_plain;
    blank = blank || is_in(next.code, kBlanks);
    text.remove_prefix(next.bytes);
  }
  return blank ? TextFault::blank : TextFault::none;
}

std::string_view why(TextFault fault) {
  switch (fault) {
    case TextFault::none: return "is in order";
    case TextFault::too_long: return "is too long; give a shorter one";
    case TextFault::not_utf8: return "is not valid UTF-8; give it in that encoding";
    case TextFault::not_plain:
      return "contains a control character, an invisible character or a mark that changes the direction of writing; remove it";
    case TextFault::blank: return "begins or ends with a blank, or has another blank than the space; remove that blank";
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
    const bool plain = is_plain(next.code);
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

std::string show_text(std::string_view text) { return shown(text, is_plain); }

std::string show_name(std::string_view text) {
  std::string_view middle = text;
  while (middle.starts_with(' ')) middle.remove_prefix(1);
  const std::size_t before = text.size() - middle.size();
  while (middle.ends_with(' ')) middle.remove_suffix(1);
  std::string out;
  const auto spaces = [&](std::size_t count) {
    for (; count != 0; --count) append_number(out, ' ');
  };
  spaces(before);
  out += shown(middle, [](std::uint32_t code) { return is_plain_in_name(code) && !is_in(code, kBlanks); });
  spaces(text.size() - before - middle.size());
  return out;
}

std::string show_json(std::string_view json) {
  std::string out;
  while (!json.empty()) {
    const Character next = first_of(json);
    // JSON's own white space and its escapes are ASCII; other characters occur only inside strings.
    if (next.code < 0x7f || is_plain(next.code)) {
      out += json.substr(0, next.bytes);
    } else if (next.code == kNotUtf8) {
      out += kReplacement;
    } else if (next.code <= 0xffff) {
      append_number(out, next.code, "\\u%04x");
    } else {
      append_number(out, 0xd800 + ((next.code - 0x10000) >> 10), "\\u%04x");
      append_number(out, 0xdc00 + ((next.code - 0x10000) & 0x3ff), "\\u%04x");
    }
    json.remove_prefix(next.bytes);
  }
  return out;
}

}  // namespace tidegate::sdk

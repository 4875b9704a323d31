#include "table.hpp"

#include <algorithm>

namespace {

/// Returns the character that begins at `at`, and moves `at` behind it. Bytes that are not UTF-8 give some character, too.
char32_t next(const std::string &text, std::size_t &at) {
  const auto first = static_cast<unsigned char>(text[at++]);
  std::size_t more = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : first >= 0xc0 ? 1 : 0;
  char32_t out = more == 3 ? first & 0x07u : more == 2 ? first & 0x0fu : more == 1 ? first & 0x1fu : first;
  for (; more != 0 && at < text.size() && (static_cast<unsigned char>(text[at]) & 0xc0u) == 0x80u; --more)
    out = (out << 6) | (static_cast<unsigned char>(text[at++]) & 0x3fu);
  return out;
}

std::size_t columns_of(char32_t c) {
  struct Range {
    char32_t first, last;
  };
  constexpr Range kNone[] = {{0x300, 0x36f}, {0x200b, 0x200f}, {0x20d0, 0x20ff}, {0xfe00, 0xfe0f}, {0xfe20, 0xfe2f}};
  constexpr Range kTwo[] = {{0x1100, 0x115f}, {0x2e80, 0xa4cf}, {0xac00, 0xd7a3},   {0xf900, 0xfaff},  {0xfe30, 0xfe6f},
                            {0xff00, 0xff60}, {0xffe0, 0xffe6}, {0x1f300, 0x1faff}, {0x20000, 0x3fffd}};
  const auto in = [c](const Range &range) { return c >= range.first && c <= range.last; };
  return std::ranges::any_of(kNone, in) ? 0 : std::ranges::any_of(kTwo, in) ? 2 : 1;
}

}  // namespace

std::string listed(const std::vector<std::string> &parts) {
  constexpr std::size_t kMost = 8;
  std::string out;
  for (std::size_t i = 0; i < std::min(parts.size(), kMost); ++i) out += (i == 0 ? "" : ", ") + parts[i];
  return parts.size() > kMost ? out + " and " + std::to_string(parts.size() - kMost) + " more" : out;
}

std::size_t width_of(const std::string &text) {
  std::size_t out = 0;
  for (std::size_t at = 0; at < text.size();) out += columns_of(next(text, at));
  return out;
}

std::string cut_to_width(const std::string &text, std::size_t columns) {
  if (width_of(text) <= columns) return text;
  if (columns == 0) return {};
  std::size_t end = 0, taken = 0;
  for (std::size_t at = 0; at < text.size(); end = at) {
    taken += columns_of(next(text, at));
    if (taken > columns - 1) break;
  }
  return text.substr(0, end) + "…";
}

std::string Table::text() const {
  std::vector<std::size_t> widths;
  for (const auto &row : rows_) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width_of(row[i]));
  }
  std::string out;
  for (const auto &row : rows_) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      line += row[i];
      if (i + 1 < row.size()) line.append(widths[i] - width_of(row[i]) + 2, ' ');
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + "\n";
  }
  return out;
}

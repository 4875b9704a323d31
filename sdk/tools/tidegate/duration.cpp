#include "duration.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <iterator>

namespace {

constexpr double kSecond = 1e9;

struct Unit {
  std::string_view name;
  double ns;
};
constexpr Unit kUnits[] = {{"", kSecond},
                           {"ns", 1},
                           {"us", 1e3},
                           {"ms", 1e6},
                           {"s", kSecond},
                           {"m", 60 * kSecond},
                           {"min", 60 * kSecond},
                           {"h", 3600 * kSecond},
                           {"d", 86400 * kSecond},
                           {"w", 7 * 86400 * kSecond}};

constexpr double kMost = 100.0 * 365 * 86400 * kSecond;

}  // namespace

std::optional<std::uint64_t> parse_duration(std::string_view text) {
  double all = 0, before = kMost + 1;  // units come from the largest to the smallest: 30m1h is a slip
  const char *at = text.data(), *end = text.data() + text.size();
  bool first = true;
  do {
    double value = 0;
    const auto [rest, error] = std::from_chars(at, end, value, std::chars_format::fixed);
    if (error != std::errc() || !std::isfinite(value) || std::signbit(value)) return std::nullopt;
    const char *unit_end = rest;
    while (unit_end != end && *unit_end >= 'a' && *unit_end <= 'z') ++unit_end;
    const std::string_view unit(rest, static_cast<std::size_t>(unit_end - rest));
    const auto *known =
        std::find_if(std::begin(kUnits), std::end(kUnits), [&](const Unit &each) { return each.name == unit; });
    // A number without unit is seconds only when it stands alone: 1h30 may be meant as minutes.
    if (known == std::end(kUnits) || known->ns >= before || (unit.empty() && (!first || unit_end != end)))
      return std::nullopt;
    all += value * known->ns;
    before = known->ns;
    at = unit_end;
    first = false;
  } while (at != end);
  return all <= kMost ? std::optional(static_cast<std::uint64_t>(std::llround(all))) : std::nullopt;
}

std::string show_duration(std::uint64_t ns) {
  const std::uint64_t tenths = ns / 100'000'000, seconds = ns / 1'000'000'000;
  if (seconds < 10) return tenths % 10 == 0 ? fmt::format("{} s", seconds) : fmt::format("{}.{} s", seconds, tenths % 10);
  if (seconds < 60) return fmt::format("{} s", seconds);
  const auto two = [](std::uint64_t large, const char *unit, std::uint64_t small, const char *of) {
    return small == 0 ? fmt::format("{} {}", large, unit) : fmt::format("{} {} {} {}", large, unit, small, of);
  };
  if (seconds < 3600) return two(seconds / 60, "min", seconds % 60, "s");
  if (seconds < 86400) return two(seconds / 3600, "h", seconds / 60 % 60, "min");
  return two(seconds / 86400, "d", seconds / 3600 % 24, "h");
}

std::string show_brief(std::uint64_t ns) {
  const auto shown = static_cast<double>(ns);
  if (ns < 1'000) return fmt::format("{} ns", ns);
  if (ns < 1'000'000) return fmt::format("{:.1f} us", shown / 1e3);
  if (ns < 1'000'000'000) return fmt::format("{:.1f} ms", shown / 1e6);
  return show_duration(ns);
}

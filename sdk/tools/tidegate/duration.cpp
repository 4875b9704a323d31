#include "duration.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

namespace {

constexpr double kSecond = 1e9;

struct Unit {
  std::string_view name;
  double ns;
};
constexpr Unit kUnits[] = {{"", kSecond},         {"ns", 1},           {"us", 1e3},           {"ms", 1e6},
                           {"s", kSecond},        {"m", 60 * kSecond}, {"min", 60 * kSecond}, {"h", 3600 * kSecond},
                           {"d", 86400 * kSecond}};

constexpr double kMost = 100.0 * 365 * 86400 * kSecond;

}  // namespace

std::optional<std::uint64_t> parse_duration(std::string_view text) {
  double value = 0;
  const char *end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, value, std::chars_format::fixed);
  if (error != std::errc() || !std::isfinite(value) || std::signbit(value)) return std::nullopt;
  const std::string_view unit(rest, static_cast<std::size_t>(end - rest));
  for (const Unit &known : kUnits) {
    if (known.name != unit) continue;
    const double ns = value * known.ns;
    return ns <= kMost ? std::optional(static_cast<std::uint64_t>(std::llround(ns))) : std::nullopt;
  }
  return std::nullopt;
}

std::string show_duration(std::uint64_t ns) {
  const std::uint64_t seconds = ns / 1'000'000'000;
  if (seconds < 10) return fmt::format("{:.1f} s", static_cast<double>(ns) / kSecond);
  if (seconds < 60) return fmt::format("{} s", seconds);
  if (seconds < 3600) return fmt::format("{} min {} s", seconds / 60, seconds % 60);
  return fmt::format("{} h {} min", seconds / 3600, seconds / 60 % 60);
}

std::string show_brief(std::uint64_t ns) {
  const auto shown = static_cast<double>(ns);
  if (ns < 1'000) return fmt::format("{} ns", ns);
  if (ns < 1'000'000) return fmt::format("{:.1f} us", shown / 1e3);
  if (ns < 1'000'000'000) return fmt::format("{:.1f} ms", shown / 1e6);
  return show_duration(ns);
}

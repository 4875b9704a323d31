#include "seconds.hpp"

#include <pybind11/pybind11.h>

#include <cmath>
#include <string>

namespace tidegate::python {
namespace {

constexpr double kLongest = 9.2e9;  // seconds that fit a Duration: 291 years, as good as for ever

Duration to_duration(double seconds) {
  return seconds >= kLongest ? kForever : Duration(static_cast<Duration::rep>(std::ceil(seconds * 1e9)));
}

}  // namespace

Duration limit_of(std::optional<double> seconds) {
  if (!seconds) return kForever;
  if (!(*seconds >= 0)) throw pybind11::value_error("timeout is a number of seconds from 0, or None to wait for ever");
  return to_duration(*seconds);
}

Duration option_of(std::optional<double> seconds, const char *name) {
  if (!seconds) return Duration(0);
  if (!(*seconds > 0)) throw pybind11::value_error(std::string(name) + " is a number of seconds above 0, or None");
  return to_duration(*seconds);
}

}  // namespace tidegate::python

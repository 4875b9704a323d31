#pragma once

#include <pybind11/pybind11.h>

#include <cstdint>
#include <string>

#include "tidegate/error.hpp"

namespace tidegate::python {

/// The closed vocabularies, as the enums of tidegate._vocabulary.
enum class Words {
  result,
  status,
  phase,
  intent,
  kind,
  session_class,
  deadline,
  hold,
  protocol,
  verdict,
  reason,
  until,
  severity,
  loop,
  format,
  plugin_state,
  metric_kind,
  event,
  count
};

/// The member with this number; a plain int when a later library knows it and this module does not.
pybind11::object word(Words words, std::int64_t number);

/// The number of a member, given as the member or its label ("drained"). Throws py::type_error for anything else, also a
/// number, and py::value_error for an unknown label, with the argument's name and the labels that there are.
std::uint32_t number(Words words, const pybind11::handle &value, const char *argument);

/// A tidegate::Error for Python. Needs the GIL, as all of these.
void set_error(const Error &error);

/// Throws tidegate.Refused with this Verdict.
[[noreturn]] void throw_refused(const pybind11::object &verdict);

/// Finds the enums and exceptions, and translates tidegate::Error from now on. Once, when the module is made.
void bind_vocabulary();

}  // namespace tidegate::python

#include "vocabulary.hpp"

#include <array>

#include "argument.hpp"

namespace py = pybind11;

namespace tidegate::python {
namespace {

constexpr auto kCount = static_cast<std::size_t>(Words::count);
constexpr std::array<const char *, kCount> kEnums{
    "Result",      "Status", "Phase", "Intent",   "Kind", "Class",  "Deadline",    "HoldUntil",  "Protocol",
    "VerdictCode", "Reason", "Until", "Severity", "Loop", "Format", "PluginState", "MetricKind", "EventNumber"};

/// References that are never given back: at the interpreter's end there is no good moment for it.
struct Found {
  std::array<PyObject *, kCount> types{};
  std::array<PyObject *, kCount> by_number{};  // dict: number to member
  std::array<PyObject *, kCount> by_label{};   // dict: label to member
  PyObject *error = nullptr;
  PyObject *refused = nullptr;
};
Found found;

std::size_t index(Words words) { return static_cast<std::size_t>(words); }

std::string labels(Words words) {
  std::string all;
  for (const auto &[label, member] : py::reinterpret_borrow<py::dict>(found.by_label[index(words)]))
    all += (all.empty() ? "'" : ", '") + label.cast<std::string>() + "'";
  return all;
}

}  // namespace

py::object word(Words words, std::int64_t number) {
  py::int_ plain(number);
  PyObject *const member = PyDict_GetItemWithError(found.by_number[index(words)], plain.ptr());
  if (member != nullptr) return py::reinterpret_borrow<py::object>(member);
  if (PyErr_Occurred() != nullptr) throw py::error_already_set();
  return plain;
}

std::uint32_t number(Words words, const py::handle &value, const char *argument) {
  const std::size_t at = index(words);
  const bool is_label = py::isinstance<py::str>(value);
  // Members of other enums are integers too, and so are booleans: they say something else.
  if (!is_label && !PyObject_TypeCheck(value.ptr(), reinterpret_cast<PyTypeObject *>(found.types[at])))
    refuse_type(value, argument, std::string("a member of tidegate.") + kEnums[at] + " or one of " + labels(words));
  if (!is_label) return py::int_(py::reinterpret_borrow<py::object>(value)).cast<std::uint32_t>();
  const auto known = py::reinterpret_borrow<py::dict>(found.by_label[at]);
  if (!known.contains(value))
    throw py::value_error(std::string(argument) + ": " + shown(value) + " is not one of " + labels(words));
  return py::int_(py::object(known[value])).cast<std::uint32_t>();
}

void set_error(const Error &error) {
  try {
    const py::object made = py::handle(found.error)(error.what(), word(Words::result, error.code()));
    PyErr_SetObject(found.error, made.ptr());
  } catch (py::error_already_set &another) {
    another.restore();
  }
}

void throw_refused(const py::object &verdict) {
  const py::object made = py::handle(found.refused)(verdict);
  PyErr_SetObject(found.refused, made.ptr());
  throw py::error_already_set();
}

void bind_vocabulary() {
  const py::module_ vocabulary = py::module_::import("tidegate._vocabulary");
  for (std::size_t i = 0; i < kCount; ++i) {
    py::dict by_number, by_label;
    for (const py::handle member : vocabulary.attr(kEnums[i])) {
      by_number[py::int_(py::reinterpret_borrow<py::object>(member))] = member;
      by_label[member.attr("label")] = member;
    }
    found.types[i] = py::object(vocabulary.attr(kEnums[i])).release().ptr();
    found.by_number[i] = by_number.release().ptr();
    found.by_label[i] = by_label.release().ptr();
  }
  const py::module_ errors = py::module_::import("tidegate._errors");
  found.error = py::object(errors.attr("Error")).release().ptr();
  found.refused = py::object(errors.attr("Refused")).release().ptr();
  py::register_local_exception_translator([](std::exception_ptr thrown) {
    try {
      if (thrown) std::rethrow_exception(thrown);
    } catch (const Error &error) {
      set_error(error);
    }
  });
}

}  // namespace tidegate::python

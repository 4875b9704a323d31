#include "argument.hpp"

#include <cmath>

namespace py = pybind11;

namespace tidegate::python {
namespace {

constexpr double kLongest = 9.2e9;  // seconds that fit a Duration: 291 years, as good as for ever
constexpr std::size_t kShownMost = 100;

Duration to_duration(double seconds) {
  return seconds >= kLongest ? kForever : Duration(static_cast<Duration::rep>(std::ceil(seconds * 1e9)));
}

/// Throws an exception of this type; the exception that is set becomes its cause.
[[noreturn]] void refuse_because(PyObject *type, const std::string &what) {
  py::error_already_set cause;
  py::raise_from(cause, type, (what + ": " + py::str(cause.value()).cast<std::string>()).c_str());
  throw py::error_already_set();
}

bool is_number(py::handle value) {
  if (PyBool_Check(value.ptr())) return false;
  const PyNumberMethods *const methods = Py_TYPE(value.ptr())->tp_as_number;
  return methods != nullptr && (methods->nb_float != nullptr || methods->nb_index != nullptr);
}

}  // namespace

std::string shown(py::handle value) {
  const auto text = py::reinterpret_steal<py::object>(PyObject_Repr(value.ptr()));
  const auto bytes = py::reinterpret_steal<py::object>(
      text ? PyUnicode_AsEncodedString(text.ptr(), "utf-8", "backslashreplace") : nullptr);
  if (!bytes) {
    PyErr_Clear();
    return std::string("an object of type ") + Py_TYPE(value.ptr())->tp_name;
  }
  std::string out = PyBytes_AS_STRING(bytes.ptr());
  if (out.size() <= kShownMost) return out;
  std::size_t end = kShownMost;
  while (end > 0 && (static_cast<unsigned char>(out[end]) & 0xc0u) == 0x80u) --end;
  return out.substr(0, end) + "…";
}

void refuse_type(py::handle value, const std::string &name, const std::string &wanted) {
  throw py::type_error(name + " is " + wanted + ", not " + shown(value));
}

void refuse_value(py::handle value, const std::string &name, const std::string &wanted) {
  throw py::value_error(name + " is " + wanted + ", not " + shown(value));
}

std::string read_text(py::handle value, const char *name) {
  if (!PyUnicode_Check(value.ptr())) refuse_type(value, name, "a str");
  Py_ssize_t size = 0;
  const char *const utf8 = PyUnicode_AsUTF8AndSize(value.ptr(), &size);
  if (utf8 != nullptr) return {utf8, static_cast<std::size_t>(size)};
  PyErr_Clear();
  refuse_value(value, name, "text without lone surrogates, as UTF-8 can hold it");
}

std::vector<std::string> read_texts(py::handle value, const char *name) {
  // One text is a sequence of texts too, each of one letter: a mistake.
  const bool one = PyUnicode_Check(value.ptr()) || PyObject_CheckBuffer(value.ptr()) != 0 || PyDict_Check(value.ptr());
  if (one || !py::isinstance<py::iterable>(value)) refuse_type(value, name, "a list of str");
  std::vector<std::string> out;
  for (const py::handle item : value)
    out.push_back(read_text(item, (std::string(name) + "[" + std::to_string(out.size()) + "]").c_str()));
  return out;
}

bool read_flag(py::handle value, const char *name) {
  if (!PyBool_Check(value.ptr())) refuse_type(value, name, "True or False");
  return value.ptr() == Py_True;
}

std::uint64_t read_whole(py::handle value, const char *name, std::uint64_t least, std::uint64_t most) {
  const auto wanted = [=] { return "a whole number from " + std::to_string(least) + " to " + std::to_string(most); };
  if (PyBool_Check(value.ptr()) || PyIndex_Check(value.ptr()) == 0) refuse_type(value, name, wanted());
  const auto number = py::reinterpret_steal<py::object>(PyNumber_Index(value.ptr()));
  if (!number) throw py::error_already_set();
  const std::uint64_t out = PyLong_AsUnsignedLongLong(number.ptr());
  const bool overflow = out == UINT64_MAX && PyErr_Occurred() != nullptr;
  if (overflow) PyErr_Clear();
  if (overflow || out < least || out > most) refuse_value(value, name, wanted());
  return out;
}

double read_number(py::handle value, const char *name, const char *wanted) {
  if (!is_number(value)) refuse_type(value, name, wanted);
  const double out = PyFloat_AsDouble(value.ptr());
  if (out != -1 || PyErr_Occurred() == nullptr) return out;
  if (PyErr_ExceptionMatches(PyExc_OverflowError) == 0) throw py::error_already_set();
  PyErr_Clear();
  refuse_value(value, name, wanted);
}

Duration read_seconds(py::handle value, const char *name) {
  constexpr auto wanted = "a number of seconds above 0, or None";
  const double seconds = read_number(value, name, wanted);
  if (!(seconds > 0)) refuse_value(value, name, wanted);
  return to_duration(seconds);
}

Duration read_limit(py::handle value, const char *name) {
  if (value.is_none()) return kForever;
  constexpr auto wanted = "a number of seconds from 0, or None to wait for ever";
  const double seconds = read_number(value, name, wanted);
  if (!(seconds >= 0)) refuse_value(value, name, wanted);
  return to_duration(seconds);
}

std::uint32_t read_percent(py::handle value, const char *name) {
  constexpr auto wanted = "a number of percent from 1 to 100, or None";
  const double share = read_number(value, name, wanted);
  if (!(share >= 1 && share <= 100)) refuse_value(value, name, wanted);
  return static_cast<std::uint32_t>(share + 0.5);
}

std::string read_path(py::handle value, const char *name) {
  constexpr auto wanted = "a path: a str, bytes or os.PathLike";
  if (!PyUnicode_Check(value.ptr()) && !PyBytes_Check(value.ptr()) && !py::hasattr(value, "__fspath__"))
    refuse_type(value, name, wanted);
  // Not PyUnicode_FSConverter, which refuses a zero character without the argument's name.
  std::string out;
  try {
    out = py::bytes(py::module_::import("os").attr("fsencode")(value));
  } catch (py::error_already_set &error) {
    if (!error.matches(PyExc_UnicodeError)) throw;
    refuse_value(value, name, "text that the file system can encode");
  }
  if (out.empty() || out.find('\0') != out.npos)
    refuse_value(value, name, "a path that is not empty and has no zero character");
  return out;
}

std::string read_config(py::handle value, const char *name) {
  if (!PyDict_Check(value.ptr())) refuse_type(value, name, "a dict");
  try {
    // json.dumps() writes NaN and infinity by default, which are no JSON.
    return py::module_::import("json").attr("dumps")(value, py::arg("allow_nan") = false).cast<std::string>();
  } catch (py::error_already_set &error) {
    const bool wrong_type = error.matches(PyExc_TypeError);
    if (!wrong_type && !error.matches(PyExc_ValueError) && !error.matches(PyExc_RecursionError)) throw;
    error.restore();
    refuse_because(wrong_type ? PyExc_TypeError : PyExc_ValueError, std::string(name) + " cannot be written as JSON");
  }
}

Time read_moment(py::handle value, const char *name) {
  constexpr auto wanted = "a time after 1970 and before 2261: seconds, or a datetime";
  py::object seconds = py::reinterpret_borrow<py::object>(value);
  try {
    if (py::hasattr(value, "timestamp")) seconds = value.attr("timestamp")();
  } catch (py::error_already_set &error) {  // a year that the platform's clock cannot hold
    if (!error.matches(PyExc_OverflowError) && !error.matches(PyExc_ValueError) && !error.matches(PyExc_TypeError)) throw;
    error.restore();
    refuse_because(PyExc_ValueError, std::string(name) + " is " + wanted);
  }
  const double since = read_number(seconds, name, wanted);
  if (!(since > 0 && since < kLongest)) refuse_value(value, name, wanted);
  return Time(Duration(static_cast<Duration::rep>(std::llround(since * 1e9))));
}

}  // namespace tidegate::python

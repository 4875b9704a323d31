#include "signature.hpp"

#include <algorithm>
#include <string>

#include "argument.hpp"

namespace py = pybind11;

namespace tidegate::python {
namespace {

using Record = py::detail::function_record;

bool has_name(const Record &record, std::size_t at, const std::string &name) {
  return at < record.args.size() && record.args[at].name != nullptr && record.args[at].name == name;
}

/// Position of the argument with this name, or how many there are.
std::size_t position(const Record &record, const std::string &name) {
  std::size_t at = 0;
  while (at < record.args.size() && !has_name(record, at, name)) ++at;
  return at;
}

std::string names_of(const Record &record) {
  std::string all;
  for (const auto &argument : record.args)
    if (argument.name != nullptr && std::string(argument.name) != "self")
      all += (all.empty() ? "" : ", ") + std::string(argument.name);
  return all.empty() ? "none" : all;
}

/// Returns: the rest of a sentence about a name that does not fit; empty when all names fit.
std::string wrong_name(const Record &record, const PythonCall &call) {
  for (const py::handle each : py::reinterpret_borrow<py::tuple>(call.names)) {
    const std::string name = shown(each);
    const std::size_t at = position(record, name.substr(1, name.size() - 2));
    if (at == record.args.size()) return "has no argument " + name + "; its arguments are: " + names_of(record);
    if (at < static_cast<std::size_t>(call.count)) return "got the argument " + name + " twice";
  }
  return {};
}

bool is_given(const Record &record, std::size_t at, const PythonCall &call) {
  if (at < static_cast<std::size_t>(call.count)) return true;
  if (at < record.args.size() && record.args[at].value) return true;  // by default
  if (call.names == nullptr) return false;
  const auto names = py::reinterpret_borrow<py::tuple>(call.names);
  return std::any_of(names.begin(), names.end(), [&](py::handle name) {
    return at < record.args.size() && record.args[at].name != nullptr &&
           PyUnicode_CompareWithASCIIString(name.ptr(), record.args[at].name) == 0;
  });
}

std::string missing(const Record &record, const PythonCall &call) {
  for (std::size_t at = 0; at < record.nargs; ++at) {
    if (is_given(record, at, call)) continue;
    const bool named = at < record.args.size() && record.args[at].name != nullptr;
    return "needs the argument " + (named ? "'" + std::string(record.args[at].name) + "'" : "number " + std::to_string(at));
  }
  return {};
}

/// Returns: the rest of a sentence that begins with the function and tells how the call does not fit; empty when it fits.
std::string misfit(const Record &record, const PythonCall &call) {
  if (record.is_method && call.count == 0) return "is a method: call it on an object";
  if (record.is_method && PyObject_IsInstance(call.arguments[0], record.scope.ptr()) == 0)
    return "is a method of " + py::str(record.scope.attr("__name__")).cast<std::string>() + ", and self is " +
           shown(call.arguments[0]);
  const Py_ssize_t self = record.is_method ? 1 : 0;
  if (call.count > record.nargs_pos)
    return "takes " + std::to_string(record.nargs_pos - self) + " positional arguments at most, and got " +
           std::to_string(call.count - self);
  if (call.names != nullptr)
    if (std::string wrong = wrong_name(record, call); !wrong.empty()) return wrong;
  return missing(record, call);
}

}  // namespace

void explain_misfit(PyObject *function, const PythonCall &call) noexcept {
  if (PyErr_ExceptionMatches(PyExc_TypeError) == 0) return;
  const Record *const record = py::detail::function_record_ptr_from_PyObject(function);
  if (record == nullptr || record->has_args || record->has_kwargs || record->next != nullptr) return;
  std::string sentence;
  try {
    const py::error_scope raised;  // puts the exception back
    const std::string what = misfit(*record, call);
    if (what.empty()) return;
    sentence = record->is_constructor ? py::str(record->scope.attr("__name__")).cast<std::string>() : record->name;
    sentence += "() " + what;
  } catch (const std::exception &) {
    return;  // pybind11's message stays
  }
  PyErr_SetString(PyExc_TypeError, sentence.c_str());
}

}  // namespace tidegate::python

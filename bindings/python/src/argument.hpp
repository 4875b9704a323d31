#pragma once

#include <pybind11/pybind11.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tidegate/service.hpp"

/// Arguments of the functions of this module. The name of an argument is a part of its type, so that each refusal names the
/// argument and what it may be: TypeError for a value of another type, ValueError for a value out of range.
///
/// Bytes are no text, a boolean is no number, and a number is no boolean.
namespace tidegate::python {

// ---- readers; with the GIL ----

std::string read_text(pybind11::handle value, const char *name);
std::vector<std::string> read_texts(pybind11::handle value, const char *name);
bool read_flag(pybind11::handle value, const char *name);
/// An int, or an object with __index__.
std::uint64_t read_whole(pybind11::handle value, const char *name, std::uint64_t least, std::uint64_t most);
/// A float, an int, or an object with __float__ or __index__, as `wanted` says it: "a number of seconds from 0".
double read_number(pybind11::handle value, const char *name, const char *wanted);
/// Seconds above 0.
Duration read_seconds(pybind11::handle value, const char *name);
/// Seconds from 0, and None: for ever.
Duration read_limit(pybind11::handle value, const char *name);
/// Percent from 1 to 100.
std::uint32_t read_percent(pybind11::handle value, const char *name);
/// A str, bytes or os.PathLike, not empty, as the file system has it.
std::string read_path(pybind11::handle value, const char *name);
/// A dict, as JSON.
std::string read_config(pybind11::handle value, const char *name);
/// Seconds since 1970, or an object with timestamp(), such as a datetime.
Time read_moment(pybind11::handle value, const char *name);

/// Throws TypeError, which says that `name` is `wanted` and not `value`.
[[noreturn]] void refuse_type(pybind11::handle value, const std::string &name, const std::string &wanted);
/// Throws ValueError likewise.
[[noreturn]] void refuse_value(pybind11::handle value, const std::string &name, const std::string &wanted);
/// repr() of a value for a message: cut, and the name of its type where repr() fails.
std::string shown(pybind11::handle value);

// ---- arguments ----

template <std::size_t size>
struct Name {
  constexpr Name(const char (&name)[size]) { std::copy_n(name, size, text); }
  char text[size];
};

/// An argument that is read by `reader`, with the type of it that the signature shows.
template <class Value, auto reader, Name name, Name as>
struct Read {
  static constexpr auto kShown = pybind11::detail::const_name(as.text);
  static Read read(pybind11::handle value) { return {reader(value, name.text)}; }

  operator const Value &() const { return value; }
  const Value &operator*() const { return value; }
  const Value *operator->() const { return &value; }

  Value value{};
};

/// The same, or None.
template <class Value, auto reader, Name name, Name as>
struct ReadOr {
  static constexpr auto kShown = pybind11::detail::const_name(as.text) + pybind11::detail::const_name(" | None");
  static ReadOr read(pybind11::handle value) {
    if (value.is_none()) return {};
    return {reader(value, name.text)};
  }

  operator const std::optional<Value> &() const { return value; }
  explicit operator bool() const { return value.has_value(); }
  const Value &operator*() const { return *value; }

  std::optional<Value> value;
};

template <Name name>
using Text = Read<std::string, read_text, name, "str">;
template <Name name>
using TextOrNone = ReadOr<std::string, read_text, name, "str">;
template <Name name>
using Texts = Read<std::vector<std::string>, read_texts, name, "collections.abc.Iterable[str]">;
template <Name name>
using TextsOrNone = ReadOr<std::vector<std::string>, read_texts, name, "collections.abc.Iterable[str]">;
template <Name name>
using Flag = Read<bool, read_flag, name, "bool">;
template <Name name>
using Seconds = ReadOr<Duration, read_seconds, name, "float">;
template <Name name>
using Limit = Read<Duration, read_limit, name, "float | None">;
template <Name name>
using Percent = ReadOr<std::uint32_t, read_percent, name, "float">;
template <Name name>
using Path = Read<std::string, read_path, name, "str | bytes | os.PathLike">;
template <Name name>
using PathOrNone = ReadOr<std::string, read_path, name, "str | bytes | os.PathLike">;
template <Name name>
using Config = Read<std::string, read_config, name, "dict">;
template <Name name>
using ConfigOrNone = ReadOr<std::string, read_config, name, "dict">;
template <Name name>
using MomentOrNone = ReadOr<Time, read_moment, name, "datetime.datetime | float">;

template <std::uint64_t least, std::uint64_t most>
std::uint64_t read_whole_of(pybind11::handle value, const char *name) {
  return read_whole(value, name, least, most);
}
template <Name name, std::uint64_t most = UINT64_MAX>
using Whole = Read<std::uint64_t, read_whole_of<0, most>, name, "int">;
template <Name name, std::uint64_t most = UINT64_MAX>
using WholeOrNone = ReadOr<std::uint64_t, read_whole_of<0, most>, name, "int">;

/// An object of a class of this module.
template <class T>
const T *read_object(pybind11::handle value, const char *name) {
  if (pybind11::isinstance<T>(value)) return &value.cast<const T &>();
  refuse_type(value, name, "a tidegate." + pybind11::type::of<T>().attr("__name__").template cast<std::string>());
}
template <class T, Name name>
struct Object {
  static constexpr auto kShown = pybind11::detail::make_caster<T>::name;
  static Object read(pybind11::handle value) { return {read_object<T>(value, name.text)}; }

  const T &operator*() const { return *value; }
  const T *operator->() const { return value; }

  const T *value = nullptr;
};

template <class T>
concept Argument = requires(pybind11::handle value) {
  T::kShown;
  { T::read(value) } -> std::same_as<T>;
};

}  // namespace tidegate::python

template <tidegate::python::Argument T>
class pybind11::detail::type_caster<T, void> {
 public:
  PYBIND11_TYPE_CASTER(T, T::kShown);
  bool load(handle from, bool) {
    value = T::read(from);
    return true;
  }
};

#include "hooks.hpp"

#include <algorithm>
#include <cstring>
#include <string_view>
#include <utility>

#include "callback.hpp"

namespace py = pybind11;

namespace tidegate::python {
namespace {

py::object callable(py::object hook, const char *name) {
  if (!hook.is_none() && PyCallable_Check(hook.ptr()) == 0)
    throw py::type_error(std::string(name) + " is a callable or None, not " + py::repr(hook).cast<std::string>());
  return hook;
}

/// As much of a text as there is room for, without half a character at its end.
std::uint64_t copy_whole(std::string_view text, char *buffer, std::uint64_t capacity) {
  std::size_t size = std::min<std::size_t>(text.size(), capacity);
  while (size < text.size() && size > 0 && (static_cast<unsigned char>(text[size]) & 0xc0u) == 0x80u) --size;
  std::memcpy(buffer, text.data(), size);
  return size;
}

}  // namespace

Hooks::Hooks(py::object start, py::object stop, py::object close, py::object describe)
    : start_(callable(std::move(start), "start")),
      stop_(callable(std::move(stop), "stop")),
      close_(callable(std::move(close), "close")),
      describe_(callable(std::move(describe), "describe")) {}

void Hooks::put_into(tg_service_options &options) {
  options.user = this;
  if (!start_.is_none()) {
    options.start = [](void *user) noexcept -> tg_result {
      const InCallback python;
      return python && call(static_cast<Hooks *>(user)->start_) ? TG_OK : TG_E_PLUGIN;
    };
  }
  if (!stop_.is_none()) {
    options.stop = [](void *user) noexcept {
      const InCallback python;
      if (python) call(static_cast<Hooks *>(user)->stop_);
    };
  }
  if (!close_.is_none()) {
    options.close = [](void *user, tg_ticket ticket, std::uint64_t tag) noexcept {
      const InCallback python;
      if (python) call(static_cast<Hooks *>(user)->close_, ticket, tag);
    };
  }
  if (!describe_.is_none()) {
    options.describe = [](void *user, tg_ticket ticket, std::uint64_t tag, char *buffer,
                          std::uint64_t capacity) noexcept -> std::uint64_t {
      const InCallback python;
      if (!python) return 0;
      const py::object text = call(static_cast<Hooks *>(user)->describe_, ticket, tag);
      if (!text || text.is_none()) return 0;
      Py_ssize_t size = 0;
      const char *const utf8 = PyUnicode_AsUTF8AndSize(text.ptr(), &size);
      if (utf8 == nullptr) {
        PyErr_WriteUnraisable(static_cast<Hooks *>(user)->describe_.ptr());
        return 0;
      }
      return copy_whole({utf8, static_cast<std::size_t>(size)}, buffer, capacity);
    };
  }
}

}  // namespace tidegate::python

#include "hooks.hpp"

#include <algorithm>
#include <cstring>
#include <string_view>
#include <utility>

#include "argument.hpp"
#include "callback.hpp"
#include "seconds.hpp"

namespace py = pybind11;

namespace tidegate::python {
namespace {

py::object callable(py::object hook, const char *name) {
  if (!hook.is_none() && PyCallable_Check(hook.ptr()) == 0) refuse_type(hook, name, "a callable or None");
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

Hooks::Hooks(py::object start, py::object stop, py::object close, py::object describe, py::object notice)
    : start_(callable(std::move(start), "start")),
      stop_(callable(std::move(stop), "stop")),
      close_(callable(std::move(close), "close")),
      describe_(callable(std::move(describe), "describe")),
      notice_(callable(std::move(notice), "notice")) {}

void Hooks::put_into(tg_service_options &options, const OpenHost *host) {
  host_ = host;
  options.user = this;
  if (!start_.is_none()) options.start = &call_start;
  if (!stop_.is_none()) options.stop = &call_stop;
  if (!close_.is_none()) options.close = &call_close;
  if (!describe_.is_none()) options.describe = &call_describe;
  if (!notice_.is_none()) options.notice = &call_notice;
}

tg_result Hooks::call_start(void *user) noexcept {
  const auto &hooks = *static_cast<const Hooks *>(user);
  const InCallback python(hooks.host_);
  return python && call(hooks.start_) ? TG_OK : TG_E_PLUGIN;
}

void Hooks::call_stop(void *user) noexcept {
  const auto &hooks = *static_cast<const Hooks *>(user);
  const InCallback python(hooks.host_);
  if (python) call(hooks.stop_);
}

void Hooks::call_close(void *user, tg_ticket ticket, std::uint64_t tag) noexcept {
  const auto &hooks = *static_cast<const Hooks *>(user);
  const InCallback python(hooks.host_);
  if (python) call(hooks.close_, ticket, tag);
}

void Hooks::call_notice(void *user, tg_ticket ticket, std::uint64_t tag, std::uint64_t left_ns) noexcept {
  const auto &hooks = *static_cast<const Hooks *>(user);
  const InCallback python(hooks.host_);
  if (!python) return;
  if (left_ns == TG_FOREVER)
    call(hooks.notice_, ticket, tag, py::none());
  else
    call(hooks.notice_, ticket, tag, to_seconds(left_ns));
}

std::uint64_t Hooks::call_describe(void *user, tg_ticket ticket, std::uint64_t tag, char *buffer,
                                   std::uint64_t capacity) noexcept {
  const auto &hooks = *static_cast<const Hooks *>(user);
  const InCallback python(hooks.host_);
  if (!python) return 0;
  const py::object text = call(hooks.describe_, ticket, tag);
  if (!text || text.is_none()) return 0;
  try {
    return copy_whole(read_text(text, "the result of describe"), buffer, capacity);
  } catch (const py::builtin_exception &wrong) {
    wrong.set_error();
    PyErr_WriteUnraisable(hooks.describe_.ptr());
  }
  return 0;
}

}  // namespace tidegate::python

#pragma once

#include <pybind11/pybind11.h>

#include "tidegate/service.h"

namespace tidegate::python {

class OpenHost;

/// A service's callbacks, as Python callables. They take the GIL on the thread that the library calls them on; an exception
/// goes to sys.unraisablehook and the host goes on. Made and destroyed with the GIL; lives as long as the host.
class Hooks {
 public:
  /// Each may be None. Throws py::type_error for what cannot be called.
  Hooks(pybind11::object start, pybind11::object stop, pybind11::object close, pybind11::object describe,
        pybind11::object notice);

  /// Puts the callbacks that there are into the options of a service of this host, with this object as their user.
  void put_into(tg_service_options &options, const OpenHost *host);

 private:
  static tg_result call_start(void *user) noexcept;
  static void call_stop(void *user) noexcept;
  static void call_close(void *user, tg_ticket ticket, std::uint64_t tag) noexcept;
  static std::uint64_t call_describe(void *user, tg_ticket ticket, std::uint64_t tag, char *buffer,
                                     std::uint64_t capacity) noexcept;

  static void call_notice(void *user, tg_ticket ticket, std::uint64_t tag, std::uint64_t left_ns) noexcept;

  const OpenHost *host_ = nullptr;
  pybind11::object start_, stop_, close_, describe_, notice_;
};

}  // namespace tidegate::python

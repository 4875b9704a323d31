#pragma once

#include <pybind11/pybind11.h>

#include <memory>

#include "open_host.hpp"
#include "service.hpp"

namespace tidegate::python {

using HostClass = pybind11::class_<OpenHost, std::shared_ptr<OpenHost>>;

/// Drain, stop, restart, resume and holds, of one service and of several.
void bind_drain(pybind11::module_ &module, ServiceClass &service);
void bind_drain(HostClass &host);

/// How a service is usually drained, from the dict of Service.drain()'s arguments.
struct UsualDrain {
  explicit UsualDrain(const pybind11::object &arguments);

  const tg_drain_options *abi() const { return given_ ? &abi_ : nullptr; }

 private:
  void read(pybind11::handle given);

  bool given_ = false;
  std::string redirect_;
  tg_drain_options abi_ = TG_INIT(tg_drain_options);
};

}  // namespace tidegate::python

#pragma once

#include <pybind11/pybind11.h>

#include <memory>
#include <string>

#include "open_host.hpp"

namespace tidegate::python {

/// A service, and the host that owns it. Its name is kept for when the host is closed.
struct BoundService {
  BoundService(std::shared_ptr<OpenHost> owner, const Service &handle)
      : host(std::move(owner)), service(handle), name(handle.name()) {}

  std::shared_ptr<OpenHost> host;
  Service service;
  std::string name;
};

using ServiceClass = pybind11::class_<BoundService>;

ServiceClass bind_service(pybind11::module_ &module);
/// admit, try_admit, enter and enter_child.
void bind_admission(ServiceClass &service);
/// ServiceInfo and SessionInfo, and the members of Service that give them.
void bind_info(pybind11::module_ &module, ServiceClass &service);

}  // namespace tidegate::python

#pragma once

#include <pybind11/pybind11.h>

#include <memory>

#include "tidegate/event.h"

namespace tidegate::python {

class OpenHost;

/// A Python callable that gets the events, until it is closed or the host is. Built on the C functions and not on
/// tidegate::Subscription, as the host itself ends those that are left, once the last events are delivered.
class Subscription {
 public:
  Subscription(std::shared_ptr<OpenHost> host, pybind11::object callback);

  /// From now on `callback` may be called.
  void begin(tg_host *host, std::uint64_t after);
  /// When it returns, `callback` is not running and is never called again. Throws Error TG_E_MISUSE inside a callback.
  void close();
  /// The host has ended it.
  void forget();

 private:
  std::shared_ptr<OpenHost> host_;  // null once ended, as the two below
  pybind11::object callback_;
  tg_subscription *handle_ = nullptr;
};

void bind_subscription(pybind11::module_ &module);

}  // namespace tidegate::python

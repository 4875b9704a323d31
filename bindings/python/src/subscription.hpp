#pragma once

#include <pybind11/pybind11.h>

#include <memory>

#include "tidegate/event_log.h"
#include "tidegate/service.hpp"

namespace tidegate::python {

class OpenHost;
struct Unsubscribing;

/// A Python callable that gets the events, until it is closed or the host is. Built on the C functions and not on
/// tidegate::Subscription, as the host itself ends those that are left, once the last events are delivered.
class Subscription {
 public:
  Subscription(std::shared_ptr<OpenHost> host, pybind11::object callback);

  /// From now on `callback` may be called.
  void begin(tg_host *host, std::uint64_t after);
  /// When it has returned true, `callback` is not running and is never called again. Waits for a call in progress, no longer
  /// than `limit`; then it returns false and the next call goes on with it. Throws Error TG_E_MISUSE inside a callback.
  bool close(Duration limit);
  /// The host has ended it.
  void forget();
  /// In a forked child.
  void forget_other_threads() { unsubscribing_.reset(); }

 private:
  void begin_end();

  std::shared_ptr<OpenHost> host_;  // null once ended, as the two below
  pybind11::object callback_;
  tg_subscription *handle_ = nullptr;
  std::shared_ptr<Unsubscribing> unsubscribing_;  // once close() has begun
};

void bind_subscription(pybind11::module_ &module);

}  // namespace tidegate::python

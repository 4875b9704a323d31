#pragma once

#include <pybind11/pybind11.h>

#include <memory>
#include <optional>
#include <string>

#include "tidegate/host.hpp"

namespace tidegate::python {

class OpenHost;

/// A control socket, open until it is closed or the host is.
class OpenControl {
 public:
  explicit OpenControl(std::shared_ptr<OpenHost> host) : host_(std::move(host)) {}

  void begin(tg_host *host, const std::string &directory);
  const std::string &path() const { return path_; }
  void close();
  /// Ends it, on whatever thread, without the GIL.
  void end() { control_.reset(); }
  void forget() { host_.reset(); }

 private:
  std::shared_ptr<OpenHost> host_;  // null once ended
  std::optional<Control> control_;
  std::string path_;
};

void bind_control(pybind11::module_ &module);

}  // namespace tidegate::python

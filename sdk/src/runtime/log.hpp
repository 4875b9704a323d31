#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "core/event.hpp"

namespace spdlog {
class logger;
}

namespace tidegate::sdk {

/// The built-in sink: events and lines of plugins, as text or JSON, to a file or standard error. Threads: all functions
/// any.
class Log {
 public:
  /// `format` TG_FORMAT_*; `path` empty: standard error. Throws Fault when the file cannot be opened.
  Log(std::uint32_t format, const std::string &path);
  ~Log();

  bool off() const { return logger_ == nullptr; }
  void write(const Event &event);
  /// `severity` TG_SEVERITY_*; `source` is a plugin's id or the host's name.
  void write(std::uint32_t severity, std::string_view source, std::string_view text);

 private:
  const bool json_;
  std::shared_ptr<spdlog::logger> logger_;
};

}  // namespace tidegate::sdk

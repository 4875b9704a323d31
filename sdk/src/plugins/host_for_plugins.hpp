#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tidegate/service.h"

namespace tidegate::sdk {

class Clock;
class EventLog;
class PluginHost;
class Steps;

/// The parts of a host that its plugins use. Host implements this interface, so that no file of this folder includes the host or its
/// services.
///
/// Threads: all functions any, from the first plugin's load until the host is destroyed. No function calls code of the server, except
/// description_of().
class HostForPlugins {
 public:
  HostForPlugins(const HostForPlugins &) = delete;
  HostForPlugins &operator=(const HostForPlugins &) = delete;

  virtual const std::string &name() const = 0;
  virtual const Clock &clock() const = 0;
  virtual EventLog &events() = 0;
  virtual Steps &steps() = 0;
  virtual const std::vector<std::string> &denied_plugins() const = 0;
  virtual const std::string &state_directory() const = 0;
  /// Returns a further table for the plugin, or nullptr.
  virtual const void *extension_for(PluginHost &plugin, std::string_view name) const = 0;

  /// Returns the names of the services by index; the texts live as long as the host.
  virtual std::vector<tg_str> service_names() const = 0;
  /// Returns the state of a service. Throws Fault TG_E_NOT_FOUND.
  virtual tg_service_info info_of(std::string_view service) const = 0;
  /// Returns the server's description of a session; empty when the host has no service of that name.
  virtual std::string description_of(std::string_view service, tg_ticket ticket, std::uint64_t tag) = 0;

  /// Has Plugins::attend() called soon: a call of a plugin has failed, or there is a plugin more to watch.
  virtual void ring_for_faults() = 0;
  /// Returns: whether ring_for_faults() was called since the last call of this function.
  virtual bool take_ring() = 0;
  /// Returns: whether this thread turns the server's loop, where no wait may block.
  virtual bool is_on_loop() const = 0;

 protected:
  HostForPlugins() = default;
  ~HostForPlugins() = default;
};

}  // namespace tidegate::sdk

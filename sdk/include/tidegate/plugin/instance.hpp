#pragma once

#include <string_view>

#include "tidegate/plugin/members.hpp"

namespace tidegate::plugin {

/// The instance behind the host's pointer: the vendor's object, and the deferred functions, which outlive it.
template <class T>
struct Instance {
  Instance(const tg_plugin_host &host, std::string_view config) : later(host), plugin(HostView(later), config) {}

  static Instance &of(void *instance) { return *static_cast<Instance *>(instance); }
  const tg_plugin_host &host() const { return later.host(); }

  Later later;
  T plugin;
};

}  // namespace tidegate::plugin

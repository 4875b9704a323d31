#pragma once

#include <string_view>

#include "tidegate/plugin/members.hpp"

namespace tidegate::plugin {

/// What the host holds as the instance: the vendor's object, and what must outlive it.
template <class T>
struct Instance {
  Instance(const tg_plugin_host &host, std::string_view config) : later(host), plugin(HostView(later), config) {}

  static Instance &of(void *instance) { return *static_cast<Instance *>(instance); }
  const tg_plugin_host &host() const { return later.host(); }

  Later later;
  T plugin;
};

}  // namespace tidegate::plugin

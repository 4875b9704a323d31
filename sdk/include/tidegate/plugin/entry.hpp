#pragma once

#include "tidegate/plugin_entry.h"
#include "tidegate/plugin/empty.hpp"
#include "tidegate/plugin/hooks.hpp"
#include "tidegate/plugin/misspelt.hpp"
#include "tidegate/plugin/tables.hpp"

namespace tidegate::plugin {

/// The functions of tg_plugin_entry for a class.
template <class T>
struct Entry {
  static tg_result create(const tg_plugin_host *host, tg_str config, void **instance) noexcept {
    return or_fail(*host, [&] {
      *instance = make(*host, view(config));
      return TG_OK;
    });
  }

  /// Returns the table of a role. The tables do not depend on `instance`, which is null when the host asks for the table of the
  /// configuration before `create`.
  static const void *extension(void *instance, tg_str name) noexcept {
    const std::string_view role = view(name);
    if constexpr (kAdmission<T>)
      if (role == TG_ROLE_ADMISSION) return &kPolicy<T>;
    if constexpr (kEventSink<T>)
      if (role == TG_ROLE_EVENT_SINK) return &kSink<T>;
    if constexpr (kLifecycle<T>)
      if (role == TG_ROLE_LIFECYCLE) return &kHooks<T>;
    if constexpr (kConfig<T>)
      if (role == TG_ROLE_CONFIG) return &kConfiguration<T>;
    if constexpr (kMetrics<T>)
      if (role == TG_ROLE_METRICS) return &kFigures<T>;
    const void *table = nullptr;
    if constexpr (HasMoreRoles<T>) {
      if (instance == nullptr) return nullptr;
      Instance<T> &self = Instance<T>::of(instance);
      or_fault(self.host(), [&] { table = self.plugin.extension(role); });
    }
    return table;
  }

  static tg_result start(void *instance) noexcept {
    Instance<T> &self = Instance<T>::of(instance);
    return or_fail(self.host(), [&] {
      self.plugin.start();
      return TG_OK;
    });
  }

  static void stop(void *instance) noexcept {
    Instance<T> &self = Instance<T>::of(instance);
    or_fault(self.host(), [&] { self.plugin.stop(); });
  }

  /// Destroys the deferred functions first, as they may refer to members of the plugin. A destructor that throws, which needs
  /// noexcept(false), is a fault.
  static void destroy(void *instance) noexcept {
    const tg_plugin_host &host = Instance<T>::of(instance).host();
    or_fault(host, [instance] { Instance<T>::of(instance).later.clear(); });
    or_fault(host, [instance] { delete &Instance<T>::of(instance); });
  }

  template <std::size_t Id, std::size_t Version>
  static consteval tg_plugin_entry table(const char (&id)[Id], const char (&version)[Version]) {
    check_members<T>();
    tg_plugin_entry out = empty<tg_plugin_entry>();
    out.min_host_abi = min_host_abi<T>();
    out.id = {id, Id - 1};
    out.version = {version, Version - 1};
    out.create = create;
    out.extension = extension;
    if constexpr (Starts<T>) out.start = start;
    if constexpr (Stops<T>) out.stop = stop;
    out.destroy = destroy;
    return out;
  }

 private:
  static void *make(const tg_plugin_host &host, std::string_view config) { return new Instance<T>(host, config); }
};

}  // namespace tidegate::plugin

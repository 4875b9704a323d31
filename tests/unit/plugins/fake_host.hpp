#pragma once

#include <dlfcn.h>

#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "tidegate/plugin.h"
#include "tidegate/text.hpp"

namespace tidegate {

/// A host's tables without a host: what a plugin says is kept, and a test calls what was put off.
class FakeHost {
 public:
  FakeHost() : admission(TG_PLUGIN_INIT(tg_admission_host)), table(TG_PLUGIN_INIT(tg_plugin_host)) {
    admission.context = table.context = this;
    admission.fault = [](void *self, tg_str text) { of(self).faults.emplace_back(view(text)); };
    admission.now_ns = [](void *) -> std::uint64_t { return 42; };
    table.admission = &admission;
    table.host_name = TG_STR("fake");
    table.log = [](void *self, std::uint32_t, tg_str text) { of(self).lines.emplace_back(view(text)); };
    table.fail = [](void *self, tg_str text) { of(self).failures.emplace_back(view(text)); };
    table.event_format = [](const tg_event *event, std::uint32_t format, char *buffer,
                            std::uint64_t size) -> std::int64_t {
      if (format != TG_FORMAT_JSON) return TG_E_INVALID;
      view(event->text).copy(buffer, size);
      return static_cast<std::int64_t>(event->text.len);
    };
    table.state_directory = [](void *) { return TG_STR("/var/lib/fake"); };
    table.emit = [](void *self, std::uint32_t, tg_str service, tg_str text) -> tg_result {
      of(self).lines.push_back(std::string(view(service)) + ": " + std::string(view(text)));
      return TG_OK;
    };
    table.call_later = [](void *self, std::uint64_t delay_ns, void (*function)(void *), void *user) -> tg_result {
      if (of(self).later_result < 0) return of(self).later_result;
      of(self).later.push_back({delay_ns, [function, user] { function(user); }});
      return TG_OK;
    };
    table.complete = [](void *self, std::uint64_t token, tg_result result, tg_str why) -> tg_result {
      of(self).lines.push_back(std::to_string(token) + " " + std::to_string(result) + " " + std::string(view(why)));
      return TG_E_STALE;
    };
    table.describe = [](void *, tg_str service, tg_ticket, std::uint64_t, char *buffer, std::uint64_t size) {
      return static_cast<std::uint64_t>(view(service).copy(buffer, size));
    };
    table.extension = [](void *self, tg_str name) -> const void * {
      return view(name) == "com.example.table/1" ? self : nullptr;
    };
  }

  struct Put {
    std::uint64_t delay_ns;
    std::function<void()> call;
  };

  tg_admission_host admission;
  tg_plugin_host table;
  std::vector<std::string> faults, failures, lines;
  std::vector<Put> later;
  tg_result later_result = TG_OK;

 private:
  static FakeHost &of(void *self) { return *static_cast<FakeHost *>(self); }
};

/// A plugin's file and an instance, used by its tables as a host does.
class LoadedPlugin {
 public:
  explicit LoadedPlugin(const std::string &path) : file_(dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL)) {
    if (file_ == nullptr) throw std::runtime_error(dlerror());
    entry = static_cast<const tg_plugin_entry *>(dlsym(file_, TG_PLUGIN_SYMBOL));
  }
  LoadedPlugin(const LoadedPlugin &) = delete;
  LoadedPlugin &operator=(const LoadedPlugin &) = delete;
  ~LoadedPlugin() {
    destroy();
    dlclose(file_);
  }

  tg_result create(const FakeHost &host, std::string_view config) {
    return entry->create(&host.table, str(config), &instance);
  }
  void destroy() {
    if (instance != nullptr) entry->destroy(instance);
    instance = nullptr;
  }

  template <class Table>
  const Table *role(std::string_view name) const {
    return static_cast<const Table *>(entry->extension(instance, str(name)));
  }

  const tg_plugin_entry *entry = nullptr;
  void *instance = nullptr;

 private:
  void *file_;
};

}  // namespace tidegate

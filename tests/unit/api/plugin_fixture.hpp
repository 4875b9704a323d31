#pragma once

#include <memory>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

#include "../../fixtures/counting.h"
#include "api_test.hpp"
#include "tidegate/plugins.h"

namespace tidegate {

/// A host with a service that runs, and plugins of the tests.
class PluginsTest : public ApiTest {
 protected:
  static std::string fixture(const std::string &name) { return FIXTURES "/" + name + ".so"; }
  /// What a fixture shares with the test: it is used until the host has gone, and after it by what is retained.
  template <class T>
  static T &shared() {
    static auto &all = *new std::vector<std::unique_ptr<T>>;  // for ever: so are the threads of what is retained
    return *all.emplace_back(std::make_unique<T>());
  }
  template <class T>
  static T read(const T &what) {
    return __atomic_load_n(&what, __ATOMIC_SEQ_CST);
  }
  /// Changes a member while the plugin may read it.
  template <class T>
  static void write(T &what, std::type_identity_t<T> value) {
    __atomic_store_n(&what, value, __ATOMIC_SEQ_CST);
  }
  /// The configuration of a fixture that shares something with the test.
  template <class T>
  static std::string at(T &shared) {
    return "{\"at\":" + std::to_string(reinterpret_cast<std::uintptr_t>(&shared)) + "}";
  }
  tg_plugin_options options(const std::string &path, const std::string &config = {}) {
    tg_plugin_options out = TG_INIT(tg_plugin_options);
    out.path = str(path);
    out.config = str(config);
    return out;
  }
  tg_result load(const std::string &path, const std::string &config = {}) {
    const tg_plugin_options given = options(path, config);
    return check(tg_plugin_load(host_.handle(), &given));
  }
  tg_result reload(std::string_view id) { return tg_plugin_reload(host_.handle(), str(id), {}); }
  tg_result reload(std::string_view id, const std::string &config) {
    return tg_plugin_reload(host_.handle(), str(id), str(config));
  }

  struct Info {
    std::string id, last_fault;
    std::uint32_t state = 0;
    std::uint64_t sessions = 0, faults = 0, behind = 0, timed = 0;
  };
  std::vector<Info> plugins() const {
    std::vector<Info> out;
    const auto add = [](void *list, const tg_plugin_info *info) {
      static_cast<std::vector<Info> *>(list)->push_back({std::string(view(info->id)), std::string(view(info->last_fault)), info->state,
                                                         info->sessions, info->faults, info->events_behind, info->asked_sampled});
    };
    check(tg_host_plugins(host_.handle(), add, &out));
    return out;
  }
  std::string text_of(std::uint32_t number) const {
    std::string text;
    host_.events(0, [&](const tg_event &event) {
      if (event.number == number) text = view(event.text);
    });
    return text;
  }
  Admitted admit(std::uint64_t tag, std::uint8_t peer = 1) {
    tg_request request = TG_INIT(tg_request);
    request.tag = tag;
    request.peer.ip[15] = peer;
    return service_.admit(request);
  }
  /// Waits for something that another thread is about to do.
  template <class F>
  static void eventually(F &&fact) {
    const auto until = std::chrono::steady_clock::now() + kLimit;
    while (!fact()) {
      ASSERT_LT(std::chrono::steady_clock::now(), until);
      std::this_thread::yield();
    }
  }

  Service service_ = add("S");
};

}  // namespace tidegate

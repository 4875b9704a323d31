#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "tidegate/control_socket.h"
#include "tidegate/error.hpp"
#include "tidegate/event_log.h"
#include "tidegate/host.h"
#include "tidegate/plugins.hpp"
#include "tidegate/service.hpp"

namespace tidegate {

using TakeEvent = std::function<void(const tg_event &)>;

/// Calls a function, which must not throw, with each event until the object is destroyed. Move-only. Destroy it before its Host.
class Subscription {
 public:
  Subscription() = default;
  Subscription(tg_host *host, std::uint64_t after, TakeEvent take) : take_(new TakeEvent(std::move(take))) {
    const auto call = [](void *function, const tg_event *event) noexcept { (*static_cast<TakeEvent *>(function))(*event); };
    check(tg_host_subscribe(host, after, call, take_.get(), &handle_));
  }
  Subscription(Subscription &&other) noexcept
      : take_(std::move(other.take_)), handle_(std::exchange(other.handle_, nullptr)) {}
  Subscription &operator=(Subscription &&other) noexcept {
    std::swap(take_, other.take_);
    std::swap(handle_, other.handle_);
    return *this;
  }
  /// Ends the subscription. Inside its own callback it cannot end: then the function is never destroyed, as the host still calls it.
  ~Subscription() {
    if (tg_unsubscribe(handle_) < 0) static_cast<void>(take_.release());
  }

 private:
  std::unique_ptr<TakeEvent> take_;
  tg_subscription *handle_ = nullptr;
};

/// A control socket, open as long as the object lives. Move-only. Destroy it before its Host.
class Control {
 public:
  Control() = default;
  explicit Control(tg_host *host, std::string_view directory = {}) {
    tg_control_options options = TG_INIT(tg_control_options);
    options.directory = str(directory);
    check(tg_control_open(host, &options, &handle_));
  }
  Control(Control &&other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Control &operator=(Control &&other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~Control() { tg_control_close(handle_); }

  std::string_view path() const { return view(tg_control_path(handle_)); }

 private:
  tg_control *handle_ = nullptr;
};

/// A copyable handle to a host that another object owns. Failing calls throw Error.
class HostView {
 public:
  explicit HostView(tg_host *handle) : handle_(handle) {}

  tg_host *handle() const { return handle_; }
  std::string_view name() const { return view(tg_host_name(handle_)); }

  Service add_service(const tg_service_options &options) const {
    tg_service *service = nullptr;
    check(tg_service_create(handle_, &options, &service));
    return Service(service);
  }
  Service service(std::string_view name) const {
    tg_service *service = nullptr;
    check(tg_host_service(handle_, str(name), &service));
    return Service(service);
  }
  std::vector<Service> services() const {
    std::vector<Service> out;
    const auto add = [](void *list, tg_service *service) {
      static_cast<std::vector<Service> *>(list)->emplace_back(service);
    };
    check(tg_host_services(handle_, add, &out));
    return out;
  }

  // Changes of several services at once. Each change is made for all of them, or throws Error and is made for none; see drain.h.
  tg_result drain(const Selection &selection, std::uint32_t intent = TG_INTENT_STAY,
                  const DrainOptions &options = {}) const {
    const tg_drain_options abi = options.abi(intent);
    return check(with_abi(selection, [&](const tg_selection *which) { return tg_host_drain(handle_, which, &abi); }));
  }
  tg_result resume(const Selection &selection, const ResumeOptions &options = {}) const {
    const tg_resume_options abi = options.abi();
    return check(with_abi(selection, [&](const tg_selection *which) { return tg_host_resume(handle_, which, &abi); }));
  }
  tg_result start(const Selection &selection, const Action &action = {}) const {
    const tg_action abi = action.abi();
    return check(with_abi(selection, [&](const tg_selection *which) { return tg_host_start(handle_, which, &abi); }));
  }
  /// Ends all services because the process was told to end; see tg_host_terminate().
  tg_result terminate(const DrainOptions &options = {}) const {
    const tg_drain_options abi = options.abi(TG_INTENT_STOP);
    return check(tg_host_terminate(handle_, &abi));
  }
  /// Waits for the end of the host; see tg_host_wait(). Returns: false when `timeout` was over first.
  bool wait(Duration timeout = kForever) const {
    const tg_result result = tg_host_wait(handle_, to_ns(timeout));
    return result == TG_E_TIMEOUT ? false : check(result) >= 0;
  }

  void load_plugin(std::string_view path, std::string_view config = {}) const {
    check(tg_host_load_plugin(handle_, str(path), str(config)));
  }
  void load_plugin(const PluginOptions &options) const {
    const tg_plugin_options abi = options.abi();
    check(tg_plugin_load(handle_, &abi));
  }
  // reload_plugin() and unload_plugin() return TG_OK, or TG_RETAINED when the old file stays mapped.
  /// `config`: nothing to keep the configuration of the old instance.
  tg_result reload_plugin(std::string_view id, std::optional<std::string_view> config = {}, const Action &action = {}) const {
    const tg_action by = action.abi();
    const tg_str as_before{nullptr, 0};
    // A null pointer would keep the old configuration, so an empty configuration needs a pointer that is not null.
    const tg_str given = config && config->data() == nullptr ? str("") : str(config.value_or(std::string_view()));
    return check(tg_plugin_reload_by(handle_, str(id), config ? given : as_before, &by));
  }
  tg_result unload_plugin(std::string_view id, const Action &action = {}) const {
    const tg_action by = action.abi();
    return check(tg_plugin_unload_by(handle_, str(id), &by));
  }
  void reconfigure_plugin(std::string_view id, std::string_view config, const Action &action = {}) const {
    const tg_action by = action.abi();
    check(tg_plugin_reconfigure_by(handle_, str(id), str(config), &by));
  }
  std::vector<PluginInfo> plugins() const { return tidegate::plugins(handle_); }
  std::vector<Metric> metrics() const { return tidegate::metrics(handle_); }

  int fd() const { return check(tg_host_fd(handle_)); }
  void poll() const { check(tg_host_poll(handle_)); }

  /// Calls `take` with the events in memory after number `after`, `limit` at most; 0: all. Returns: their number.
  int events(std::uint64_t after, const TakeEvent &take, std::uint32_t limit = 0) const {
    const auto call = [](void *function, const tg_event *event) { (*static_cast<const TakeEvent *>(function))(*event); };
    return check(tg_host_events(handle_, after, limit, call, const_cast<TakeEvent *>(&take)));
  }
  /// Waits for an event after number `after`. Returns: false when `timeout` was over first.
  bool wait_for_event(std::uint64_t after, Duration timeout = kForever) const {
    const tg_result result = tg_host_events_wait(handle_, after, to_ns(timeout));
    return result == TG_E_TIMEOUT ? false : check(result) >= 0;
  }
  std::uint64_t last_event() const { return tg_host_events_last(handle_); }
  /// `after`: the subscription begins with the next event after this number; UINT64_MAX: with the next new event.
  Subscription subscribe(TakeEvent take, std::uint64_t after = UINT64_MAX) const {
    return Subscription(handle_, after, std::move(take));
  }

  Control open_control(std::string_view directory = {}) const { return Control(handle_, directory); }

 protected:
  tg_host *handle_ = nullptr;
};

/// The process's one owner of services, plugins and events. Move-only.
class Host : public HostView {
 public:
  explicit Host(const tg_host_options &options) : HostView(nullptr) { check(tg_host_create(&options, &handle_)); }
  Host(Host &&other) noexcept : HostView(std::exchange(other.handle_, nullptr)) {}
  Host &operator=(Host &&) = delete;
  /// Destroys the host. A host that is still in use (TG_E_BUSY of tg_host_destroy()) is left as it is, and never freed.
  ~Host() { tg_host_destroy(handle_); }

  /// Destroys the host now. Throws Error when it cannot be destroyed. Returns: TG_OK or TG_RETAINED.
  tg_result destroy() {
    const tg_result result = check(tg_host_destroy(handle_));
    handle_ = nullptr;
    return result;
  }
};

/// Returns an event as one line. `form`: TG_FORMAT_TEXT or TG_FORMAT_JSON.
inline std::string format(const tg_event &event, std::uint32_t form) {
  std::string text(1024, '\0');
  auto length = static_cast<std::size_t>(tg_event_format(&event, form, text.data(), text.size()));
  if (length > text.size()) {
    text.resize(length);
    length = static_cast<std::size_t>(tg_event_format(&event, form, text.data(), text.size()));
  }
  text.resize(length);
  return text;
}

}  // namespace tidegate

#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "tidegate/plugin/later.hpp"

namespace tidegate::plugin {

/// The host as a plugin sees it: a copyable handle, valid until the plugin is destroyed. A function that an older host does not have
/// returns TG_E_ABI or an empty value, or does nothing. Threads and results: as the member of tg_plugin_host that each function calls.
class HostView {
 public:
  explicit HostView(Later &later) : host_(&later.host()), later_(&later) {}

  const tg_plugin_host &table() const { return *host_; }
  std::string_view name() const { return view(host_->host_name); }

  // [any]: also inside a policy.

  /// Reports a fault of the call in progress without an exception. Too many faults take the plugin's policy out for a while.
  void fault(std::string_view what) const { plugin::fault(*host_, what); }
  /// Returns the monotonic clock of the host, which its events also use.
  std::chrono::nanoseconds now() const {
    if (!has(*host_, &tg_plugin_host::admission) || !has(*host_->admission, &tg_admission_host::now_ns)) return {};
    return std::chrono::nanoseconds(host_->admission->now_ns(host_->admission->context));
  }

  // [control]

  /// Writes a line to the host's log; inside a policy it writes nothing.
  void log(std::uint32_t severity, std::string_view text) const {
    if (has(*host_, &tg_plugin_host::log)) host_->log(host_->context, severity, str(text));
  }
  void info(std::string_view text) const { log(TG_SEVERITY_INFO, text); }
  void warning(std::string_view text) const { log(TG_SEVERITY_WARNING, text); }
  void error(std::string_view text) const { log(TG_SEVERITY_ERROR, text); }

  /// Sets the sentence for the negative result that the call in progress is about to return. A call that throws does not need it: the text
  /// of the exception is the sentence.
  void fail(std::string_view why) const { plugin::fail(*host_, why, TG_E_PLUGIN); }

  /// Returns an event as text or as one line of JSON, without a line end; empty for an unknown format.
  std::string event_format(const tg_event &event, std::uint32_t format) const {
    if (!has(*host_, &tg_plugin_host::event_format)) return {};
    std::string text(kUsualText, '\0');
    std::int64_t size = host_->event_format(&event, format, text.data(), text.size());
    if (size < 0) return {};
    const bool cut = static_cast<std::size_t>(size) > text.size();
    text.resize(static_cast<std::size_t>(size));
    if (cut) host_->event_format(&event, format, text.data(), text.size());
    return text;
  }

  /// Returns the plugin's own directory for data that must outlive the process; empty: the host has none.
  std::string_view state_directory() const {
    return has(*host_, &tg_plugin_host::state_directory) ? view(host_->state_directory(host_->context)) : "";
  }

  /// Records event 25188, for a service or for none. Returns: as tg_plugin_host::emit; TG_E_LIMIT when there are too many events and this
  /// one is dropped.
  tg_result emit(std::uint32_t severity, std::string_view text, std::string_view service = {}) const {
    if (!has(*host_, &tg_plugin_host::emit)) return TG_E_ABI;
    return host_->emit(host_->context, severity, str(service), str(text));
  }

  /// Calls the function once on the plugin's worker after `delay`, unless the plugin stops first. Allocates memory.
  tg_result call_later(std::chrono::nanoseconds delay, std::function<void()> function) const {
    return later_->call(nanoseconds(delay), std::move(function));
  }
  /// Does the same without allocating memory; `function` must not throw.
  tg_result call_later(std::chrono::nanoseconds delay, void (*function)(void *user), void *user) const {
    if (!has(*host_, &tg_plugin_host::call_later)) return TG_E_ABI;
    return host_->call_later(host_->context, nanoseconds(delay), function, user);
  }

  /// Completes a step whose hook has returned TG_DEFERRED.
  tg_result complete(std::uint64_t token, tg_result result = TG_OK, std::string_view why = {}) const {
    if (!has(*host_, &tg_plugin_host::complete)) return TG_E_ABI;
    return host_->complete(host_->context, token, result, str(why));
  }

  /// Returns the server's text for a session, cut at 4,096 bytes; empty: there is none.
  std::string describe(std::string_view service, tg_ticket ticket, std::uint64_t tag) const {
    if (!has(*host_, &tg_plugin_host::describe)) return {};
    std::string text(kLongestDescription, '\0');
    text.resize(host_->describe(host_->context, str(service), ticket, tag, text.data(), text.size()));
    return text;
  }

  /// Returns a further table of the host, such as `extension<tg_host_operate>(TG_HOST_OPERATE)`; null: the host has none of that name, or
  /// the plugin was not granted it.
  template <class Table>
  const Table *extension(std::string_view table) const {
    if (!has(*host_, &tg_plugin_host::extension)) return nullptr;
    return static_cast<const Table *>(host_->extension(host_->context, str(table)));
  }

 private:
  static constexpr std::size_t kUsualText = 512;
  static constexpr std::size_t kLongestDescription = 4096;

  static std::uint64_t nanoseconds(std::chrono::nanoseconds delay) {
    return delay.count() < 0 ? 0 : static_cast<std::uint64_t>(delay.count());
  }

  const tg_plugin_host *host_;
  Later *later_;
};

}  // namespace tidegate::plugin

// Finds out which members a plugin's class has, and so which roles it fills.
#pragma once

#include <concepts>
#include <string_view>
#include <type_traits>

#include "tidegate/plugin_entry.h"
#include "tidegate/ext/lifecycle.h"
#include "tidegate/plugin/admission.hpp"
#include "tidegate/plugin/host_view.hpp"
#include "tidegate/plugin/metrics.hpp"

namespace tidegate::plugin {

template <class T>
concept Made = std::constructible_from<T, HostView, std::string_view>;

// Each concept is true if the class has the member and the member takes the arguments with which it will be called.
template <class T>
concept Starts = requires(T &plugin) { plugin.start(); };
template <class T>
concept Stops = requires(T &plugin) { plugin.stop(); };

template <class T>
concept Asks = requires(T &plugin, const Query &query, Answer &answer) { plugin.ask(query, answer); };
template <class T>
concept Adopts = requires(T &plugin, const Query &query, Answer &answer) { plugin.adopt(query, answer); };
template <class T>
concept HearsCancelled = requires(T &plugin, const Query &query) { plugin.cancelled(query); };
template <class T>
concept HearsReleased = requires(T &plugin, const Query &query) { plugin.released(query); };

template <class T>
concept Takes = requires(T &plugin, const tg_event &event) { plugin.take(event); };

template <class T>
concept Reconfigures = requires(T &plugin, std::string_view config) { plugin.reconfigure(config); };
template <class T>
concept HasSchema = requires { std::string_view(T::schema); };

template <class T>
concept Collects = requires(T &plugin, Metrics &metrics) { plugin.collect(metrics); };

template <class T>
concept HooksBeforeStart = requires(T &plugin, const tg_lifecycle_step &step) { plugin.before_start(step); };
template <class T>
concept HooksStarted = requires(T &plugin, const tg_lifecycle_step &step) { plugin.started(step); };
template <class T>
concept HooksDrainStarted = requires(T &plugin, const tg_lifecycle_step &step) { plugin.drain_started(step); };
template <class T>
concept HooksProgress = requires(T &plugin, const tg_lifecycle_step &step) { plugin.progress(step); };
template <class T>
concept HooksDrained = requires(T &plugin, const tg_lifecycle_step &step) { plugin.drained(step); };
template <class T>
concept HooksStopping = requires(T &plugin, const tg_lifecycle_step &step) { plugin.stopping(step); };
template <class T>
concept HooksStopped = requires(T &plugin, const tg_lifecycle_step &step) { plugin.stopped(step); };

/// True if the class fills roles of its vendor or drafts: `static constexpr std::string_view more_roles` and
/// `const void *extension(role)`.
template <class T>
concept HasMoreRoles = requires(T &plugin, std::string_view role) {
  { plugin.extension(role) } -> std::convertible_to<const void *>;
  std::string_view(T::more_roles);
};

template <class T>
inline constexpr bool kAdmission = Asks<T>;
template <class T>
inline constexpr bool kEventSink = Takes<T>;
template <class T>
inline constexpr bool kLifecycle = HooksBeforeStart<T> || HooksStarted<T> || HooksDrainStarted<T> || HooksProgress<T> ||
                                   HooksDrained<T> || HooksStopping<T> || HooksStopped<T>;
template <class T>
inline constexpr bool kConfig = HasSchema<T> || Reconfigures<T>;
template <class T>
inline constexpr bool kMetrics = Collects<T>;

template <class T>
consteval bool asks_child() {
  if constexpr (requires { T::asks_child; }) return T::asks_child;
  return false;
}
template <class T>
consteval std::uint32_t priority() {
  if constexpr (requires { T::priority; }) return T::priority;
  return 0;
}
template <class T>
consteval bool cookies() {
  if constexpr (requires { T::cookies; }) return T::cookies;
  return false;
}
template <class T>
consteval bool may_unmap() {
  if constexpr (requires { T::may_unmap; }) return T::may_unmap;
  return false;
}
template <class T>
consteval std::uint32_t min_host_abi() {
  if constexpr (requires { T::min_host_abi; }) return T::min_host_abi;
  return TG_ABI(0, 9);
}

}  // namespace tidegate::plugin

#pragma once

#include <type_traits>

#include "tidegate/plugin/empty.hpp"
#include "tidegate/plugin/instance.hpp"

namespace tidegate::plugin {

/// The lifecycle hooks of a class. A hook that returns nothing returns TG_OK to the host.
template <class T>
struct Hooks {
  using Step = const tg_lifecycle_step;

  template <class Call>
  static tg_result result_of(Call call) {
    if constexpr (std::is_void_v<decltype(call())>) {
      call();
      return TG_OK;
    } else {
      return call();
    }
  }

  static tg_result before_start(void *instance, Step *step) noexcept {
    Instance<T> &self = Instance<T>::of(instance);
    return or_fail(self.host(), [&] { return result_of([&] { return self.plugin.before_start(*step); }); });
  }
  /// Calls the hook. An exception is a fault here, without a sentence for the result: a stop goes on after any result.
  static tg_result stopping(void *instance, Step *step) noexcept {
    Instance<T> &self = Instance<T>::of(instance);
    tg_result result = TG_E_PLUGIN;
    or_fault(self.host(), [&] { result = result_of([&] { return self.plugin.stopping(*step); }); });
    return result;
  }
  static void started(void *instance, Step *step) noexcept {
    Instance<T> &self = Instance<T>::of(instance);
    or_fault(self.host(), [&] { self.plugin.started(*step); });
  }
  static void drain_started(void *instance, Step *step) noexcept {
    Instance<T> &self = Instance<T>::of(instance);
    or_fault(self.host(), [&] { self.plugin.drain_started(*step); });
  }
  static void progress(void *instance, Step *step) noexcept {
    Instance<T> &self = Instance<T>::of(instance);
    or_fault(self.host(), [&] { self.plugin.progress(*step); });
  }
  static void drained(void *instance, Step *step) noexcept {
    Instance<T> &self = Instance<T>::of(instance);
    or_fault(self.host(), [&] { self.plugin.drained(*step); });
  }
  static void stopped(void *instance, Step *step) noexcept {
    Instance<T> &self = Instance<T>::of(instance);
    or_fault(self.host(), [&] { self.plugin.stopped(*step); });
  }

  static consteval tg_lifecycle table() {
    tg_lifecycle out = empty<tg_lifecycle>();
    if constexpr (HooksBeforeStart<T>) out.before_start = before_start;
    if constexpr (HooksStarted<T>) out.started = started;
    if constexpr (HooksDrainStarted<T>) out.drain_started = drain_started;
    if constexpr (HooksProgress<T>) out.progress = progress;
    if constexpr (HooksDrained<T>) out.drained = drained;
    if constexpr (HooksStopping<T>) out.stopping = stopping;
    if constexpr (HooksStopped<T>) out.stopped = stopped;
    return out;
  }
};
template <class T>
inline constexpr tg_lifecycle kHooks = Hooks<T>::table();

}  // namespace tidegate::plugin

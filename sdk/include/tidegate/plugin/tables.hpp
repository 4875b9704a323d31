// The function tables of the roles, made at compile time. A call costs only the indirect call of the host.
#pragma once

#include "tidegate/ext/config.h"
#include "tidegate/ext/event_sink.h"
#include "tidegate/plugin/empty.hpp"
#include "tidegate/plugin/instance.hpp"

namespace tidegate::plugin {

/// The admission role. An `ask` that throws abstains, and hears no more of the session: it must undo its own counting before it throws.
template <class T>
struct Policy {
  static void ask(void *instance, const tg_admission_query *query, tg_admission_answer *answer) noexcept {
    Instance<T> &self = Instance<T>::of(instance);
    Answer out(*answer);
    if (!or_fault(self.host(), [&] { self.plugin.ask(Query(*query), out); })) out.abstain();
  }
  static void adopt(void *instance, const tg_admission_query *query, tg_admission_answer *answer) noexcept {
    Instance<T> &self = Instance<T>::of(instance);
    Answer out(*answer);
    if (!or_fault(self.host(), [&] { self.plugin.adopt(Query(*query), out); })) out.abstain();
  }
  static void cancelled(void *instance, const tg_admission_query *query) noexcept {
    Instance<T> &self = Instance<T>::of(instance);
    or_fault(self.host(), [&] { self.plugin.cancelled(Query(*query)); });
  }
  static void released(void *instance, const tg_admission_query *query) noexcept {
    Instance<T> &self = Instance<T>::of(instance);
    or_fault(self.host(), [&] { self.plugin.released(Query(*query)); });
  }

  static consteval tg_admission_policy table() {
    tg_admission_policy out = empty<tg_admission_policy>();
    out.asks_child = asks_child<T>() ? 1 : 0;
    out.priority = priority<T>();
    out.cookies = cookies<T>() ? 1 : 0;
    out.ask = ask;
    if constexpr (HearsCancelled<T>) out.cancelled = cancelled;
    if constexpr (HearsReleased<T>) out.released = released;
    if constexpr (Adopts<T>) out.adopt = adopt;
    return out;
  }
};
template <class T>
inline constexpr tg_admission_policy kPolicy = Policy<T>::table();

template <class T>
struct Sink {
  static void take(void *instance, const tg_event *event) noexcept {
    Instance<T> &self = Instance<T>::of(instance);
    or_fault(self.host(), [&] { self.plugin.take(*event); });
  }
};
template <class T>
inline constexpr tg_event_sink kSink{sizeof(tg_event_sink), TG_PLUGIN_ABI, Sink<T>::take};

template <class T>
struct Figures {
  static void collect(void *instance, const tg_metric_taker *taker) noexcept {
    Instance<T> &self = Instance<T>::of(instance);
    Metrics metrics(*taker);
    or_fault(self.host(), [&] { self.plugin.collect(metrics); });
  }
};
template <class T>
inline constexpr tg_metrics kFigures{sizeof(tg_metrics), TG_PLUGIN_ABI, Figures<T>::collect};

template <class T>
struct Configuration {
  static tg_result reconfigure(void *instance, tg_str config) noexcept {
    Instance<T> &self = Instance<T>::of(instance);
    return or_fail(self.host(), [&] {
      self.plugin.reconfigure(view(config));
      return TG_OK;
    });
  }

  static consteval tg_config table() {
    tg_config out = empty<tg_config>();
    if constexpr (HasSchema<T>) out.schema = str(T::schema);
    if constexpr (Reconfigures<T>) out.reconfigure = reconfigure;
    return out;
  }
};
template <class T>
inline constexpr tg_config kConfiguration = Configuration<T>::table();

}  // namespace tidegate::plugin

// Checks the members of a plugin's class. A member that has the name of a role's member but takes other arguments would silently never be
// called; here it does not compile.
#pragma once

#include "tidegate/plugin/members.hpp"

namespace tidegate::plugin {

// NOLINTBEGIN(bugprone-macro-parentheses): these are names, not values.
// &Both::name is ambiguous exactly when T has a member of that name, of any type and any access.
#define TIDEGATE_PLUGIN_CHECKED_(name, callable, form)                                            \
  struct Named_##name {                                                                           \
    int name;                                                                                     \
  };                                                                                              \
  template <class T>                                                                              \
  struct Both_##name : T, Named_##name {};                                                        \
  template <class T>                                                                              \
  consteval void check_##name() {                                                                 \
    if constexpr (!callable<T> && !std::is_final_v<T>)                                            \
      static_assert(                                                                              \
          requires { &Both_##name<T>::name; }, "'" #name "' must be public, and taken as " form); \
  }

TIDEGATE_PLUGIN_CHECKED_(start, Starts, "void start()")
TIDEGATE_PLUGIN_CHECKED_(stop, Stops, "void stop()")
TIDEGATE_PLUGIN_CHECKED_(ask, Asks, "void ask(const Query &, Answer &)")
TIDEGATE_PLUGIN_CHECKED_(adopt, Adopts, "void adopt(const Query &, Answer &)")
TIDEGATE_PLUGIN_CHECKED_(cancelled, HearsCancelled, "void cancelled(const Query &)")
TIDEGATE_PLUGIN_CHECKED_(released, HearsReleased, "void released(const Query &)")
TIDEGATE_PLUGIN_CHECKED_(take, Takes, "void take(const tg_event &)")
TIDEGATE_PLUGIN_CHECKED_(reconfigure, Reconfigures, "void reconfigure(std::string_view)")
TIDEGATE_PLUGIN_CHECKED_(schema, HasSchema, "static constexpr std::string_view schema")
TIDEGATE_PLUGIN_CHECKED_(collect, Collects, "void collect(Metrics &)")
TIDEGATE_PLUGIN_CHECKED_(before_start, HooksBeforeStart, "tg_result or void before_start(const tg_lifecycle_step &)")
TIDEGATE_PLUGIN_CHECKED_(started, HooksStarted, "void started(const tg_lifecycle_step &)")
TIDEGATE_PLUGIN_CHECKED_(drain_started, HooksDrainStarted, "void drain_started(const tg_lifecycle_step &)")
TIDEGATE_PLUGIN_CHECKED_(progress, HooksProgress, "void progress(const tg_lifecycle_step &)")
TIDEGATE_PLUGIN_CHECKED_(drained, HooksDrained, "void drained(const tg_lifecycle_step &)")
TIDEGATE_PLUGIN_CHECKED_(stopping, HooksStopping, "tg_result or void stopping(const tg_lifecycle_step &)")
TIDEGATE_PLUGIN_CHECKED_(stopped, HooksStopped, "void stopped(const tg_lifecycle_step &)")
TIDEGATE_PLUGIN_CHECKED_(more_roles, HasMoreRoles, "static constexpr std::string_view more_roles, with extension(role)")
TIDEGATE_PLUGIN_CHECKED_(extension, HasMoreRoles, "const void *extension(std::string_view role), with more_roles")

#undef TIDEGATE_PLUGIN_CHECKED_
// NOLINTEND(bugprone-macro-parentheses)

template <class T>
consteval void check_members() {
  static_assert(Made<T>,
                "a plugin is made from (HostView, std::string_view): 'using Plugin::Plugin;' or a public constructor");
  static_assert(Asks<T> || !(Adopts<T> || HearsCancelled<T> || HearsReleased<T>),
                "adopt, cancelled and released are told of what 'ask' has said yes to, which is missing");
  static_assert(!cookies<T>() || Asks<T>, "cookies are for a class with 'ask'");
  check_start<T>(), check_stop<T>();
  check_ask<T>(), check_adopt<T>(), check_cancelled<T>(), check_released<T>();
  check_take<T>(), check_reconfigure<T>(), check_schema<T>(), check_collect<T>();
  check_before_start<T>(), check_started<T>(), check_drain_started<T>(), check_progress<T>(), check_drained<T>();
  check_stopping<T>(), check_stopped<T>(), check_more_roles<T>(), check_extension<T>();
}

}  // namespace tidegate::plugin

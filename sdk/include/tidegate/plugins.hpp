#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "tidegate/drain.hpp"
#include "tidegate/error.hpp"
#include "tidegate/plugins.h"

namespace tidegate {

/// Options to load a plugin; zero and empty members have the defaults of tg_plugin_options.
struct PluginOptions {
  std::string_view path{};
  std::string_view config{};
  std::string_view sha256{};
  std::uint32_t grants = 0;  ///< TG_GRANT_*
  Duration hook_limit{0};
  Duration slow_after{0};
  Duration hang_after{0};
  Duration drain_limit{0};
  Duration out_for{0};
  std::uint32_t faults = 0;
  Action action{};  ///< the requesting actor and the reason

  tg_plugin_options abi() const {
    tg_plugin_options out = TG_INIT(tg_plugin_options);
    out.path = str(path);
    out.config = str(config);
    out.sha256 = str(sha256);
    out.grants = grants;
    out.hook_limit_ns = to_ns(hook_limit);
    out.slow_after_ns = to_ns(slow_after);
    out.hang_after_ns = to_ns(hang_after);
    out.drain_limit_ns = to_ns(drain_limit);
    out.out_for_ns = to_ns(out_for);
    out.faults = faults;
    out.actor = str(action.actor);
    out.reason = str(action.reason);
    return out;
  }
};

/// A plugin at one moment, with texts of its own.
struct PluginInfo {
  explicit PluginInfo(const tg_plugin_info &info)
      : id(view(info.id)),
        version(view(info.version)),
        path(view(info.path)),
        last_fault(view(info.last_fault)),
        state(info.state),
        since_ns(info.since_ns),
        sessions(info.sessions),
        faults(info.faults),
        asked_sampled(info.asked_sampled),
        asked_mean_ns(info.asked_mean_ns),
        asked_max_ns(info.asked_max_ns),
        events_behind(info.events_behind) {
    for (std::string_view left = view(info.roles); !left.empty();) {
      const std::size_t end = std::min(left.find(' '), left.size());
      if (end != 0) roles.emplace_back(left.substr(0, end));
      left.remove_prefix(std::min(end + 1, left.size()));
    }
  }

  std::string id, version, path, last_fault;
  std::vector<std::string> roles;
  std::uint32_t state;  ///< TG_PLUGIN_STATE_*
  std::uint64_t since_ns, sessions, faults, asked_sampled, asked_mean_ns, asked_max_ns, events_behind;
};

/// A value that a plugin has reported, with texts of its own.
struct Metric {
  explicit Metric(const tg_metric_info &info)
      : plugin(view(info.plugin)),
        name(view(info.name)),
        unit(view(info.unit)),
        help(view(info.help)),
        kind(info.kind),
        age_ns(info.age_ns),
        value(info.value) {}

  std::string plugin, name, unit, help;
  std::uint32_t kind;  ///< TG_METRIC_*
  std::uint64_t age_ns;
  double value;
};

namespace detail {

/// Returns the items that `told`, a function of the ABI, calls back with. The items own their texts.
template <class Info, class Told>
std::vector<Info> all(tg_result (*told)(tg_host *host, void (*fn)(void *user, const Told *info), void *user), tg_host *host) {
  std::vector<Info> out;
  check(told(host, [](void *list, const Told *info) { static_cast<std::vector<Info> *>(list)->emplace_back(*info); }, &out));
  return out;
}

}  // namespace detail

inline std::vector<PluginInfo> plugins(tg_host *host) { return detail::all<PluginInfo>(tg_host_plugins, host); }
inline std::vector<Metric> metrics(tg_host *host) { return detail::all<Metric>(tg_host_metrics, host); }

}  // namespace tidegate

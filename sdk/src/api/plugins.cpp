#include "tidegate/plugins.h"

#include "api/error.hpp"
#include "api/drain_options.hpp"
#include "api/handles.hpp"
#include "api/structs.hpp"
#include "api/visit.hpp"
#include "tidegate/host.h"

using namespace tidegate::sdk;
using namespace tidegate::sdk::api;

namespace {

constexpr std::uint64_t kLongestConfig = 1u << 20;
constexpr Nanos kLongest = 86400 * kSecond;  // for each time in the options: a day

Nanos or_else(std::uint64_t given, Nanos usual, const char *what) {
  if (given > kLongest) throw Fault(TG_E_INVALID, std::string("tg_plugin_load: ") + what + " is more than a day");
  return given == 0 ? usual : given;
}

PluginOptions plugin_options(const tg_plugin_options *in) {
  need(in, "tg_plugin_load: options");
  const tg_plugin_options given = options(in, "tg_plugin_load");
  check_zero(given.reserved0, "tg_plugin_load");
  check_zero(given.reserved1, "tg_plugin_load");
  PluginOptions out;
  out.path = text(given.path, "the plugin's path");
  out.config = text(given.config, "the plugin's configuration", kLongestConfig);
  out.sha256 = text(given.sha256, "the plugin's SHA-256");
  if ((given.grants & ~TG_GRANT_OPERATE) != 0)
    throw Fault(TG_E_TOO_NEW, "tg_plugin_load: grants has one that only a later version of Tidegate knows");
  out.grants = given.grants;
  out.hook_limit = or_else(given.hook_limit_ns, out.hook_limit, "hook_limit_ns");
  out.slow_after = or_else(given.slow_after_ns, out.slow_after, "slow_after_ns");
  out.hang_after = or_else(given.hang_after_ns, out.hang_after, "hang_after_ns");
  out.drain_limit = or_else(given.drain_limit_ns, out.drain_limit, "drain_limit_ns");
  out.breaker.out_for = or_else(given.out_for_ns, out.breaker.out_for, "out_for_ns");
  if (given.faults != 0) out.breaker.faults = given.faults;
  return out;
}

/// Returns the actor and the reason in the options. The caller has checked with plugin_options() that the options can be read.
Action asker(const tg_plugin_options *in) {
  const tg_plugin_options given = options(in, "tg_plugin_load");
  tg_action action = TG_INIT(tg_action);
  action.actor = given.actor;
  action.reason = given.reason;
  return action_of(&action, "tg_plugin_load");
}

tg_plugin_info shown(const PluginView &view) {
  tg_plugin_info info = TG_INIT(tg_plugin_info);
  info.id = to_str(view.id);
  info.version = to_str(view.version);
  info.path = to_str(view.path);
  info.roles = to_str(view.roles);
  info.state = view.state;
  info.since_ns = view.since;
  info.sessions = view.sessions;
  info.faults = view.faults;
  info.asked_sampled = view.timed;
  info.asked_mean_ns = view.mean;
  info.asked_max_ns = view.longest;
  info.events_behind = view.behind;
  info.last_fault = to_str(view.last_fault);
  return info;
}

}  // namespace

tg_result tg_plugin_load(tg_host *host, const tg_plugin_options *options) {
  return guarded([&] {
    const PluginOptions its = plugin_options(options);
    object(host, "tg_plugin_load").plugins().load(its, asker(options));
  });
}

tg_result tg_host_load_plugin(tg_host *host, tg_str path, tg_str config) {
  tg_plugin_options options = TG_INIT(tg_plugin_options);
  options.path = path;
  options.config = config;
  return guarded([&] { object(host, "tg_host_load_plugin").plugins().load(plugin_options(&options)); });
}

tg_result tg_plugin_reload_by(tg_host *host, tg_str id, tg_str config, const tg_action *action) {
  return guarded([&] {
    std::optional<std::string> given;
    if (config.ptr != nullptr) given = text(config, "the plugin's configuration", kLongestConfig);
    return object(host, "tg_plugin_reload").plugins().reload(text(id, "the plugin's id"), given, action_of(action, "tg_plugin_reload"));
  });
}
tg_result tg_plugin_reload(tg_host *host, tg_str id, tg_str config) { return tg_plugin_reload_by(host, id, config, nullptr); }

tg_result tg_plugin_reconfigure_by(tg_host *host, tg_str id, tg_str config, const tg_action *action) {
  return guarded([&] {
    object(host, "tg_plugin_reconfigure")
        .plugins()
        .reconfigure(text(id, "the plugin's id"), text(config, "the plugin's configuration", kLongestConfig),
                     action_of(action, "tg_plugin_reconfigure"));
  });
}
tg_result tg_plugin_reconfigure(tg_host *host, tg_str id, tg_str config) {
  return tg_plugin_reconfigure_by(host, id, config, nullptr);
}

tg_result tg_plugin_unload_by(tg_host *host, tg_str id, const tg_action *action) {
  return guarded([&] {
    return object(host, "tg_plugin_unload").plugins().unload(text(id, "the plugin's id"), action_of(action, "tg_plugin_unload"));
  });
}
tg_result tg_plugin_unload(tg_host *host, tg_str id) { return tg_plugin_unload_by(host, id, nullptr); }

tg_result tg_host_plugins(tg_host *host, tg_plugin_fn fn, void *user) {
  return guarded([&] {
    need(fn, "tg_host_plugins: fn");
    tg_result count = 0;
    for (const PluginView &view : object(host, "tg_host_plugins").plugins().list()) {
      const tg_plugin_info info = shown(view);
      visit(fn, user, &info);
      ++count;
    }
    return count;
  });
}

tg_result tg_host_metrics(tg_host *host, tg_metric_fn fn, void *user) {
  return guarded([&] {
    need(fn, "tg_host_metrics: fn");
    tg_result count = 0;
    const Nanos now = Clock::real().monotonic();
    object(host, "tg_host_metrics").plugins().metrics([&](const std::string &plugin, const Metric &metric) {
      tg_metric_info info = TG_INIT(tg_metric_info);
      info.plugin = to_str(plugin);
      info.name = to_str(metric.name);
      info.unit = to_str(metric.unit);
      info.help = to_str(metric.help);
      info.kind = metric.kind;
      info.age_ns = until(now, metric.told);
      info.value = metric.value;
      visit(fn, user, &info);
      ++count;
    });
    return count;
  });
}

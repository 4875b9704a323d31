#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "core/border_text.hpp"
#include "core/policy_list.hpp"
#include "core/vendor_call.hpp"
#include "loop/call_mark.hpp"
#include "events/event_lane.hpp"
#include "events/log.hpp"
#include "plugin_file/plugin_file.hpp"
#include "plugins/plugin_host.hpp"
#include "plugins/plugin_options.hpp"
#include "plugins/plugin_worker.hpp"
#include "tidegate/plugin_entry.h"
#include "tidegate/ext/config.h"
#include "tidegate/ext/event_sink.h"
#include "tidegate/ext/lifecycle.h"
#include "tidegate/ext/metrics.h"

namespace tidegate::sdk {

class HostForPlugins;

/// A metric that a plugin has reported.
struct Metric {
  std::string name, unit, help;
  std::uint32_t kind = 0;
  double value = 0;
  Nanos told = 0;
};

/// One instance of a plugin: the file, the tables of the roles that it fills, and its worker.
///
/// Life: constructor (maps the file), create(), start(), prepare(), begin(); end(), stop(), unload(). When create(), start() or prepare()
/// throws, the last three follow all the same.
///
/// Each call of the plugin, except those of its policy, is marked by a VendorScope and ends its exceptions: an exception is a fault of the
/// plugin, or the reason of a failure, and an event names a call that hangs.
///
/// Threads: the functions under "life" one at a time; all other functions any.
class Plugin : public std::enable_shared_from_this<Plugin> {
 public:
  Plugin(std::unique_ptr<PluginFile> file, const PluginOptions &options, HostForPlugins &host, Log &log);
  ~Plugin();
  Plugin(const Plugin &) = delete;
  Plugin &operator=(const Plugin &) = delete;

  const std::string &id() const { return id_; }
  const std::string &version() const { return version_; }
  const std::string &roles() const { return roles_; }
  /// Returns the roles of its note that this host does not know, separated by spaces.
  const std::string &unknown_roles() const { return unknown_roles_; }
  const PluginOptions &options() const { return options_; }

  // ---- life ----
  /// Checks the configuration against the schema, makes the instance and reads the tables of its roles.
  void create();
  void start();
  /// Makes the lanes for its events and hooks; they take no event before begin().
  void prepare(EventLog &events);
  /// The numbers of the last events that the sink and the hooks have got.
  struct Given {
    std::uint64_t sink = 0, steps = 0;
  };
  /// Lets the lanes take the events after these, and asks for the first metrics.
  void begin(const Given &after);
  /// Ends all calls of the plugin's worker. Returns: false when the call in progress does not return within `limit`, or `hurry()` says that
  /// the wait is over.
  bool end(Nanos limit, const std::function<bool()> &hurry = {});
  /// Stops and destroys the instance.
  void stop();
  /// Returns: false when the file stays mapped.
  bool unload();
  /// Returns the reason for which the file stays mapped, after unload() has returned false.
  const std::string &why_it_stays() const { return why_it_stays_; }
  /// Marks the plugin as kept for ever, as a call has not returned.
  void abandon() { abandoned_ = true; }
  bool is_abandoned() const { return abandoned_; }
  /// Returns the last events that the lanes have handed over. `otherwise`: value for a lane that the plugin does not have.
  Given given(std::uint64_t otherwise) const;

  // ---- roles ----
  /// Returns the table of the policy in full length, or nullptr.
  const tg_admission_policy *policy() const { return has_policy_ ? &policy_ : nullptr; }
  void *instance() const { return instance_; }
  PolicyMeter &meter() { return meter_; }
  const PolicyMeter &meter() const { return meter_; }
  /// Checks a new configuration against the schema and gives it to the plugin. Throws Fault.
  void reconfigure(const std::string &config);

  bool has_hook(std::uint32_t step) const;
  struct Hook {
    std::uint32_t step;
    std::uint64_t token;
    std::string service, actor, reason;
    std::uint64_t epoch = 0, live = 0;
  };
  /// Makes the worker call the hook and complete the step with its result.
  void ask_hook(Hook hook);

  bool has_metrics() const { return has_metrics_; }
  /// Makes the worker collect the metrics again, if the last request is a second old. Throws Fault when the system has no thread left.
  void collect();
  /// Waits for the report that collect() has requested. Returns: false when it has not come at `until`, by the monotonic clock.
  bool wait_for_metrics(Nanos until) const;
  std::vector<Metric> metrics() const;

  // ---- looking ----
  PluginHost &host() { return host_; }
  const PluginHost &host() const { return host_; }
  const PluginWorker &worker() const { return worker_; }
  std::uint64_t behind(std::uint64_t last) const;

 private:
  struct Progress;

  std::string who() const { return "plugin " + id_; }
  template <class F>
  bool call(const char *function, F &&fn, std::uint32_t number = 0);
  template <class F>
  tg_result call_for_result(const char *function, F &&fn, std::string &why);
  void check_config(const std::string &config) const;
  const void *table_of(const char *role, void *instance);
  std::function<void(const std::string &)> last_words() const;
  template <class T>
  bool take_table(const void *table, T &into, std::uint32_t least, const char *role) const;
  void find_roles();
  void check_roles() const;
  bool fills(std::string_view role) const;
  void take_event(const Event &event);
  void take_step(const Event &event);
  void tell_step(std::uint32_t step, const Event &event);
  void take_metrics();
  tg_lifecycle_step shown(const Hook &hook) const;
  void watch_progress(const std::string &service);
  void tell_progress();

  std::unique_ptr<PluginFile> file_;
  const std::string id_, version_, roles_, unknown_roles_;
  std::string why_it_stays_;
  PluginOptions options_;
  PluginWorker worker_;
  PluginHost host_;
  Log &log_;  // valid as long as the host
  tg_plugin_entry entry_{};  // a copy, made when the file was loaded
  void *instance_ = nullptr;
  bool created_ = false, started_ = false, abandoned_ = false;

  // Tables in full length for every version of the plugin: missing members are zero.
  bool has_policy_ = false, has_sink_ = false, has_lifecycle_ = false, has_config_ = false, has_metrics_ = false;
  tg_admission_policy policy_{};
  tg_event_sink sink_{};
  tg_lifecycle lifecycle_{};
  tg_config config_{};
  tg_metrics metrics_{};
  PolicyMeter meter_;

  std::shared_ptr<EventLane> sink_lane_, steps_lane_;
  std::map<std::string, std::uint64_t> drained_;  // used by the worker: draining services and the last reported number inside

  mutable std::mutex told_mu_;
  mutable std::condition_variable was_told_;
  std::vector<Metric> told_;     // guarded by told_mu_
  Nanos asked_at_ = 0;           // guarded by told_mu_
  bool asking_metrics_ = false;  // guarded by told_mu_
};

/// Calls a function of the plugin. An exception is a fault. Returns: whether the function threw no exception.
template <class F>
bool Plugin::call(const char *function, F &&fn, std::uint32_t number) {
  const VendorScope scope(function, number);
  return vendor_call(fn, [&](const char *what) { host_.threw(function, what); });
}

/// Calls a function with a result. `why`: the sentence of host->fail() for a negative result, or the text of the exception.
template <class F>
tg_result Plugin::call_for_result(const char *function, F &&fn, std::string &why) {
  host_.forget_failure();
  tg_result result = TG_E_PLUGIN;
  bool threw = false;
  {
    const VendorScope scope(function);
    vendor_call([&] { result = fn(); },
                [&](const char *what) {
                  threw = true;
                  why = std::string("its ") + function + " threw an exception: " + clean_text(what, 255);
                });
  }
  if (threw) return TG_E_PLUGIN;
  if (result < 0) why = host_.take_failure();
  return result;
}

}  // namespace tidegate::sdk

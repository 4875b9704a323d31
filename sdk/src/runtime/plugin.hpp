#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "core/policy_list.hpp"
#include "runtime/event_lane.hpp"
#include "runtime/log.hpp"
#include "runtime/plugin_file.hpp"
#include "runtime/plugin_host.hpp"
#include "runtime/plugin_options.hpp"
#include "runtime/plugin_worker.hpp"
#include "tidegate/entry.h"
#include "tidegate/ext/config.h"
#include "tidegate/ext/event_sink.h"
#include "tidegate/ext/lifecycle.h"
#include "tidegate/ext/metrics.h"

namespace tidegate::sdk {

class Host;

/// A figure that a plugin told.
struct Metric {
  std::string name, unit, help;
  std::uint32_t kind = 0;
  double value = 0;
  Nanos told = 0;
};

/// One instance of a plugin: the file, the tables of the roles that it fills, and its worker.
///
/// Life: made (the file is mapped), create(), start(), prepare(), begin(); end(), stop(), unload(). Those before begin() may throw,
/// then the last three are to follow all the same.
///
/// Threads: life one at a time; the rest any.
class Plugin : public std::enable_shared_from_this<Plugin> {
 public:
  Plugin(std::unique_ptr<PluginFile> file, const PluginOptions &options, Host &host, Log &log);
  ~Plugin();
  Plugin(const Plugin &) = delete;
  Plugin &operator=(const Plugin &) = delete;

  const std::string &id() const { return id_; }
  const std::string &version() const { return version_; }
  const std::string &roles() const { return roles_; }
  const PluginOptions &options() const { return options_; }

  // ---- life ----
  /// Makes the instance, from a configuration that is as its schema says.
  void create();
  void start();
  /// Gets all ready that its events and hooks need; nothing of that is called yet.
  void prepare(EventLog &events);
  /// Has them called from now on: events after number `after`. Cannot fail.
  void begin(std::uint64_t after);
  /// Nothing is called any more, once what was asked already has come back. Returns: false when it does not within `limit`.
  bool end(Nanos limit);
  /// Stops and destroys the instance.
  void stop();
  /// Returns: false when the file stays mapped.
  bool unload();
  /// It is used no more, and stays: a call has not come back.
  void abandon() { abandoned_ = true; }
  bool is_abandoned() const { return abandoned_; }
  /// The number of the last event that its sink has been given.
  std::uint64_t last_event() const { return lane_ == nullptr ? 0 : lane_->last(); }

  // ---- roles ----
  /// What it answers to admissions, whole; or nullptr.
  const tg_admission_policy *policy() const { return has_policy_ ? &policy_ : nullptr; }
  void *instance() const { return instance_; }
  PolicyMeter &meter() { return meter_; }
  const PolicyMeter &meter() const { return meter_; }
  /// Checks it against the schema and hands it over. Throws Fault.
  void reconfigure(const std::string &config);

  bool has_events() const { return has_sink_ || has_lifecycle_; }
  bool has_hook(std::uint32_t step) const;
  struct Hook {
    std::uint32_t step;
    std::uint64_t token;
    std::string service, actor, reason;
    std::uint64_t epoch = 0, live = 0;
  };
  /// Has the hook called by its worker, and its step completed by what it returns.
  void ask_hook(Hook hook);

  bool has_metrics() const { return has_metrics_; }
  /// Has them told again, if the last time is a second ago.
  void collect();
  std::vector<Metric> metrics() const;

  // ---- looking ----
  PluginHost &host() { return host_; }
  const PluginHost &host() const { return host_; }
  const PluginWorker &worker() const { return worker_; }
  std::uint64_t behind(std::uint64_t last) const;

 private:
  struct Progress;

  std::string who() const { return "plugin " + id_; }
  void check_config(const std::string &config) const;
  const void *table_of(const char *role, void *instance) const;
  void find_roles();
  bool fills(std::string_view role) const;
  void take_event(const Event &event);
  void tell_step(std::uint32_t step, const Event &event);
  tg_lifecycle_step shown(const Hook &hook) const;
  void watch_progress(const std::string &service);
  void tell_progress();

  std::unique_ptr<PluginFile> file_;
  const std::string id_, version_, roles_;
  PluginOptions options_;
  PluginWorker worker_;
  PluginHost host_;
  const tg_plugin_entry *entry_ = nullptr;
  void *instance_ = nullptr;
  bool created_ = false, started_ = false, abandoned_ = false;

  // Whole, whatever the version of the plugin: what it does not have is zero.
  bool has_policy_ = false, has_sink_ = false, has_lifecycle_ = false, has_config_ = false, has_metrics_ = false;
  tg_admission_policy policy_{};
  tg_event_sink sink_{};
  tg_lifecycle lifecycle_{};
  tg_config config_{};
  tg_metrics metrics_{};
  PolicyMeter meter_;

  std::shared_ptr<EventLane> lane_;
  std::map<std::string, std::uint64_t> drained_;  // the worker's: services that are being drained, and who was left last

  mutable std::mutex told_mu_;
  std::vector<Metric> told_;     // guarded by told_mu_
  Nanos asked_at_ = 0;           // guarded by told_mu_
  bool asking_metrics_ = false;  // guarded by told_mu_
};

}  // namespace tidegate::sdk

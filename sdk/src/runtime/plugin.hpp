#pragma once

#include <memory>
#include <string>

#include "core/policy_list.hpp"
#include "runtime/event_lane.hpp"
#include "runtime/log.hpp"
#include "runtime/plugin_file.hpp"
#include "runtime/worker.hpp"
#include "tidegate/entry.h"
#include "tidegate/ext/event_sink.h"

namespace tidegate::sdk {

/// A loaded plugin: the file, the instance, and the roles that it fills. Making one maps the file, start() makes the
/// instance work; either throws Fault, and then nothing is left behind once this is destroyed. Threads: made and destroyed
/// by one thread at a time; vendor code runs on that thread.
class Plugin {
 public:
  Plugin(std::unique_ptr<PluginFile> file, const std::string &host_name, Log &log);
  ~Plugin();
  Plugin(const Plugin &) = delete;
  Plugin &operator=(const Plugin &) = delete;

  std::string_view id() const;
  void start(const std::string &config);
  /// What it answers to admissions, or nullptr.
  const tg_admission_policy *policy() const { return policy_; }
  void *instance() const { return instance_; }

  /// Begins to hand it events, if it is a sink.
  void attach_sink(EventLog &events);

 private:
  void create(const std::string &config);
  void find_roles();
  void start_instance();

  static void log_line(void *context, std::uint32_t severity, tg_str text);
  static void fail(void *context, tg_str text);

  const std::string host_name_;
  Log &log_;
  std::string failure_;  // what create or start gave as the reason
  tg_plugin_host host_;
  const std::unique_ptr<PluginFile> file_;
  const tg_plugin_entry *entry_ = nullptr;
  void *instance_ = nullptr;
  bool created_ = false;
  bool started_ = false;
  const tg_admission_policy *policy_ = nullptr;
  const tg_event_sink *sink_ = nullptr;
  std::unique_ptr<EventLane> lane_;
  std::unique_ptr<Worker> worker_;
};

}  // namespace tidegate::sdk

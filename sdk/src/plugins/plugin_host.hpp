#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>

#include "core/fixed_text.hpp"
#include "loop/rate_limit.hpp"
#include "plugins/plugin_worker.hpp"
#include "tidegate/plugin_host.h"

namespace tidegate::sdk {

class HostForPlugins;
class Log;
class Clock;

/// The host as one plugin sees it: the tables that the plugin gets, and their functions. It outlives the host when the plugin is retained;
/// then every function is TG_E_CLOSING.
///
/// Threads: the functions of the tables as their tags say; all other functions any. mu_ is held shared while the host is used, which may
/// take the host's own locks; it is not held while code of the plugin runs. describe() holds it while it waits for the server's callback,
/// for 0.25 s at most.
class PluginHost {
 public:
  PluginHost(HostForPlugins &host, Log &log, std::string id, PluginWorker &worker, std::uint32_t grants);
  PluginHost(const PluginHost &) = delete;
  PluginHost &operator=(const PluginHost &) = delete;

  const tg_plugin_host &table() const { return table_; }
  const std::string &id() const { return id_; }
  std::uint32_t grants() const { return grants_; }

  /// Sets whether functions with the tag "running" are allowed.
  void set_running(bool running) { running_.store(running, std::memory_order_release); }
  bool running() const { return running_.load(std::memory_order_acquire); }
  /// Detaches the plugin from the host, which is about to be destroyed, or from which the plugin goes. Returns: false when a thread of the
  /// plugin is inside a call of the host that has not returned within `limit`: then the host must stay in memory.
  bool close(Nanos limit = kNever);

  /// Returns the sentence of fail() since the last forget_failure(), or a sentence that says that the plugin gave no reason.
  std::string take_failure();
  void forget_failure();

  /// Return the numbers of failed calls of the plugin: of all calls, and of calls of its policy.
  std::uint64_t faults() const { return faults_.load(std::memory_order_acquire); }
  std::uint64_t policy_faults() const { return policy_faults_.load(std::memory_order_acquire); }
  std::string last_fault() const;
  void fault(std::string_view text);
  /// Notes that a function of the plugin has thrown an exception.
  void threw(const char *function, std::string_view what) noexcept;
  /// Counts a fault that an event has reported already.
  void count_fault(std::string_view text);
  std::uint64_t faults_said() const { return faults_said_.load(std::memory_order_acquire); }

  /// The numbers of events and of lines of the log that were dropped so far, as the plugin has exceeded its limits.
  struct Dropped {
    std::uint64_t events = 0, lines = 0;
    std::uint64_t all() const { return events + lines; }
  };
  Dropped dropped() const { return {emits_.dropped(), lines_.dropped()}; }

  /// Calls `fn(host)` and returns its result, unless the plugin is closed or inside a call of its policy.
  template <class F>
  tg_result with_host(F &&fn) {
    if (const tg_result result = may_call(); result != TG_OK) return result;
    return running() ? use_host(fn) : TG_E_CLOSING;
  }
  /// Does the same from the plugin's create on, until close().
  template <class F>
  tg_result use_host(F &&fn) {
    if (const tg_result result = may_call(); result != TG_OK) return result;
    const std::shared_lock lock(mu_);
    HostForPlugins *const host = host_.load(std::memory_order_acquire);
    return host == nullptr ? TG_E_CLOSING : fn(*host);
  }
  /// Keeps a copy of a table as long as this object. Returns: the copy; of tables with one name the first copy.
  template <class T>
  const void *keep(std::string_view name, const T &table) {
    const std::lock_guard lock(texts_);
    return kept_.try_emplace(std::string(name), std::make_shared<const T>(table)).first->second.get();
  }
  static PluginHost &of(void *context) { return *static_cast<PluginHost *>(context); }

 private:
  static tg_result may_call();
  void note_fault(std::string_view text);
  // The functions of the table.
  void log(std::uint32_t severity, tg_str text);
  void fail(tg_str text);
  tg_str state_directory();
  tg_result emit(std::uint32_t severity, tg_str service, tg_str text);
  tg_result call_later(std::uint64_t delay, void (*fn)(void *), void *user);
  tg_result complete(std::uint64_t token, tg_result result, tg_str why);
  std::uint64_t describe(tg_str service, tg_ticket ticket, std::uint64_t tag, char *buffer, std::uint64_t capacity);
  const void *extension(tg_str name);

  const std::string id_;
  const std::uint32_t grants_;
  const std::string host_name_;
  const Clock &clock_;
  Log &log_;
  PluginWorker &worker_;
  tg_admission_host admission_;
  tg_plugin_host table_;
  std::atomic<bool> running_{false};
  std::atomic<std::uint64_t> faults_{0}, policy_faults_{0}, faults_said_{0};  // any thread
  RateLimit emits_, lines_;

  mutable std::atomic_flag writing_fault_;  // a thread that finds it set does not wait: one text of several is kept
  FixedText<255> last_fault_;               // guarded by writing_fault_

  mutable std::shared_timed_mutex mu_;
  std::atomic<HostForPlugins *> host_;  // used under mu_, or inside a policy; null after close(), which holds mu_ alone

  std::mutex texts_;
  std::string failure_;    // guarded by texts_
  std::string directory_;  // guarded by texts_; once set it stays
  std::map<std::string, std::shared_ptr<const void>> kept_;  // guarded by texts_
};

}  // namespace tidegate::sdk

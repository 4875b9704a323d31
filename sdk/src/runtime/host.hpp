#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "core/session_slab.hpp"
#include "runtime/event_lane.hpp"
#include "runtime/event_log.hpp"
#include "runtime/journal.hpp"
#include "runtime/log.hpp"
#include "runtime/loop.hpp"
#include "runtime/plugins.hpp"
#include "runtime/policies.hpp"
#include "runtime/service.hpp"
#include "runtime/steps.hpp"
#include "runtime/worker.hpp"
#include "tidegate/host.h"

namespace tidegate::sdk {

class Host;

/// A subscriber's own lane, and with the steward its own worker.
class Subscription {
 public:
  Subscription(Host &host, std::uint64_t after, EventLane::Take take);
  Host &host() const { return host_; }
  bool forked() const;

 private:
  friend class Host;
  Host &host_;
  EventLane lane_;
  std::unique_ptr<Worker> worker_;  // after the lane: it ends first
};

/// The process's one owner of services, plugins, events and the clock.
///
/// Threads with the steward: steward (transitions and timers), hooks (the host's callbacks), log, one for each plugin with
/// something to do and each subscription. With the server's own loop: log and plugins only; the rest happens inside poll().
/// Locks, in the order they are taken: those of Plugins, polling_, services_mu_, shared_.control, those of Steps, Policies and
/// workers, then the journal's or the event log's. No lock but polling_ and the one of Plugins for loading is held while a
/// callback runs.
class Host {
 public:
  struct Options {
    std::string name;
    std::uint32_t loop = TG_LOOP_STEWARD;
    std::uint32_t log_format = TG_FORMAT_TEXT;
    std::string log_path;
    std::uint32_t session_capacity = 1u << 20;
    std::string state_directory;  ///< empty: nothing outlives the process
    std::vector<std::string> denied_plugins;
    /// A further table for a plugin, or nullptr; what is above this layer knows it.
    const void *(*extension)(PluginHost &plugin, std::string_view name) = nullptr;
  };

  explicit Host(const Options &options, const Clock &clock = Clock::real());
  ~Host();
  Host(const Host &) = delete;
  Host &operator=(const Host &) = delete;

  const std::string &name() const { return options_.name; }
  EventLog &events() { return events_; }

  Service &add_service(const Service::Options &options);
  Service &service(std::string_view name);
  std::vector<Service *> services() const;

  // ---- several services at once; each throws Fault with nothing changed, or returns TG_OK, TG_HELD or TG_NOT_DURABLE ----
  struct Selection {
    std::vector<std::string> names;  ///< none: all
    std::vector<std::string> except;
  };
  tg_result drain(const Selection &selection, const DrainOptions &options, const Action &action);
  tg_result resume(const Selection &selection, bool all_holds, const Action &action);
  tg_result start(const Selection &selection, const Action &action);
  /// The process was told to end: drains all to stop, and each time it is called again waits less.
  tg_result terminate(DrainOptions options, const Action &action);

  Plugins &plugins() { return plugins_; }
  Steps &steps() { return steps_; }
  const std::vector<std::string> &denied_plugins() const { return options_.denied_plugins; }
  const std::string &state_directory() const { return options_.state_directory; }
  const void *extension_for(PluginHost &plugin, std::string_view name) const {
    return options_.extension == nullptr ? nullptr : options_.extension(plugin, name);
  }

  int fd() const;
  void poll();

  Subscription &subscribe(std::uint64_t after, EventLane::Take take);
  void unsubscribe(Subscription &subscription);

  /// Something that uses the host from outside, such as a control socket, keeps it from being destroyed.
  void use() { users_.fetch_add(1); }
  void unuse() { users_.fetch_sub(1); }

  /// Throws Fault when a session is live or somebody uses the host; else nothing stops its end any more: waits are ended,
  /// services stopped.
  void close();

  Shared &shared() { return shared_; }
  /// In a child of the process that made it: its threads and its locks are another process's.
  bool forked() const { return cells_.forked(); }

 private:
  friend class Subscription;

  bool has_steward() const { return options_.loop == TG_LOOP_STEWARD; }
  Service *service_at(std::size_t index) const;
  const Kept *kept(std::string_view service) const;
  void say_cut();
  std::vector<Service *> chosen(const Selection &selection) const;
  void drain_all(const std::vector<Service *> &all, const DrainOptions &options, const Action &action);
  std::vector<Service *> needed_first(std::vector<Service *> services) const;
  std::vector<Service *> needed_last(std::vector<Service *> services) const;
  void attend();
  Nanos trim();
  Nanos look_after_plugins(Nanos now);
  void run_hooks();
  void pump_subscriptions();
  void check_idle() const;
  void refuse_starts(bool refuse);
  void stop_services();
  void stop_service(Service &service);

  const Options options_;
  Log log_;
  EventLog events_;
  SessionSlab slab_;
  CellMemory cells_;
  Wake steward_wake_;
  Wake hooks_wake_;
  Policies policies_;
  std::optional<Journal> journal_;
  Steps steps_;
  Shared shared_;
  Loop loop_;
  Nanos trim_at_ = kNever;  // of the thread that attends
  std::atomic<int> users_{0};
  int terminations_ = 0;  // guarded by shared_.control: how often it was told to end

  std::mutex polling_;  // held by poll(), so that a subscription is not ended while it is called
  mutable std::mutex services_mu_;
  std::vector<std::unique_ptr<Service>> services_;            // guarded by services_mu_; never shrinks
  std::vector<std::unique_ptr<Subscription>> subscriptions_;  // guarded by services_mu_

  Plugins plugins_;

  std::optional<EventLane> log_lane_;
  std::unique_ptr<Worker> log_worker_;
  std::unique_ptr<Worker> hooks_;
  std::unique_ptr<Worker> steward_;
};

inline bool Subscription::forked() const { return host_.forked(); }

}  // namespace tidegate::sdk

#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "core/session_slab.hpp"
#include "service/callback_pool.hpp"
#include "service/describer.hpp"
#include "events/event_lane.hpp"
#include "events/event_log.hpp"
#include "plugins/host_for_plugins.hpp"
#include "journal/journal.hpp"
#include "journal/journal_writer.hpp"
#include "events/log.hpp"
#include "loop/loop.hpp"
#include "plugins/plugins.hpp"
#include "plugins/policies.hpp"
#include "service/service.hpp"
#include "plugins/steps.hpp"
#include "loop/worker.hpp"
#include "tidegate/host.h"

namespace tidegate::sdk {

class Host;

/// A subscription: a lane, and a worker if the host has a steward.
class Subscription {
 public:
  Subscription(Host &host, std::uint64_t after, EventLane::Take take);
  Host &host() const { return host_; }
  bool forked() const;
  /// Delivers the last events, and takes no more. Returns: false when the call in progress has not returned within `bound` of the real
  /// clock.
  bool stop(Nanos bound);

 private:
  friend class Host;
  Host &host_;
  EventLane lane_;
  std::unique_ptr<Worker> worker_;  // behind the lane, as it must end first
};

/// The owner of the services, plugins, events and the clock of one process.
///
/// Threads with the steward: steward (transitions and timers), the pool that calls the server's callbacks, log, journal, the thread for
/// changes, one for each plugin with work and for each subscription. With the server's loop: log, journal and plugins only; all other work
/// runs inside poll(). Locks: see sdk/README.md. No lock but polling_ is held while a callback runs.
class Host final : public HostForPlugins {
 public:
  struct Options {
    std::string name;
    std::uint32_t loop = TG_LOOP_STEWARD;
    std::uint32_t log_format = TG_FORMAT_TEXT;
    std::string log_path;
    std::uint32_t session_capacity = 1u << 20;
    std::string state_directory;  ///< empty: nothing outlives the process
    std::vector<std::string> denied_plugins;
    Nanos end_bound = 10 * kSecond;  ///< how long close() and end() together may wait, by the real clock
    /// Returns a further table for a plugin, or nullptr; the layer above provides it.
    const void *(*extension)(PluginHost &plugin, std::string_view name) = nullptr;
  };

  explicit Host(const Options &options, const Clock &clock = Clock::real());
  /// Call end() first; it must have returned true.
  ~Host();


  Service &add_service(const Service::Options &options);
  Service &service(std::string_view name);
  std::vector<Service *> services() const;

  // ---- several services at once; each throws Fault with nothing changed, or returns TG_OK or TG_NOT_DURABLE, resume() also TG_HELD ----
  struct Selection {
    std::vector<std::string> names;  ///< none: all
    std::vector<std::string> except;
  };
  tg_result drain(const Selection &selection, const DrainOptions &options, const Action &action);
  tg_result resume(const Selection &selection, const Service::Resume &how, const Action &action);
  tg_result start(const Selection &selection, const Action &action);
  /// Drains all services to stop, as the process was told to end; each further call waits less for sessions. See HostEnd.
  tg_result terminate(DrainOptions options, const Action &action);
  /// Waits for the end of the host (HostEnd). Returns: TG_OK, TG_E_TIMEOUT or TG_E_CLOSING. Throws Fault where the wait could never end.
  tg_result wait(Nanos timeout);

  Plugins &plugins() { return plugins_; }

  // ---- HostForPlugins ----
  const std::string &name() const override { return options_.name; }
  const Clock &clock() const override { return shared_.clock; }
  EventLog &events() override { return events_; }
  Steps &steps() override { return steps_; }
  const std::vector<std::string> &denied_plugins() const override { return options_.denied_plugins; }
  const std::string &state_directory() const override { return options_.state_directory; }
  const void *extension_for(PluginHost &plugin, std::string_view name) const override {
    return options_.extension == nullptr ? nullptr : options_.extension(plugin, name);
  }
  std::vector<tg_str> service_names() const override;
  tg_service_info info_of(std::string_view service) const override;
  std::string description_of(std::string_view service, tg_ticket ticket, std::uint64_t tag) override;
  void ring_for_faults() override { shared_.ring_for_faults(); }
  bool take_ring() override { return shared_.policy_faults.exchange(false, std::memory_order_acq_rel); }
  bool is_on_loop() const override { return shared_.is_on_loop(); }

  int fd() const;
  void poll();

  Subscription &subscribe(std::uint64_t after, EventLane::Take take);
  void unsubscribe(Subscription &subscription);

  /// Counts a user of the host, such as a control socket: close() refuses while there is one.
  void use() { users_.fetch_add(1); }
  void unuse() { users_.fetch_sub(1); }

  /// The first half of a destruction: stops the services, and ends the waits. Throws Fault when a session is live or the host is in use.
  /// After a return without Fault call end().
  void close();
  /// Ends all threads within the rest of Options::end_bound since close() began. Returns: false when a thread has not returned by then:
  /// the host must stay in memory, and calls no callback any more. An event and the last line of the log name the hanging call.
  bool end();
  /// Ends all waits for the disk of the state directory; their requests are answered as not durable. Threads: any.
  void let_go_of_disk() {
    if (journal_writer_) journal_writer_->let_go();
  }

  Shared &shared() { return shared_; }
  /// Returns: whether this is a child of the process that made the host; the threads and locks belong to the parent.
  bool forked() const { return cells_.forked(); }

 private:
  friend class Subscription;

  bool has_steward() const { return options_.loop == TG_LOOP_STEWARD; }
  Service *service_at(std::size_t index) const;
  const Kept *kept(std::string_view service) const;
  void say_cut();
  void say_log_lost(std::uint64_t lines);
  void say_broken(bool broken);
  std::vector<Service *> chosen(const Selection &selection) const;
  tg_result drain_all(const std::vector<Service *> &all, const DrainOptions &options, const Action &action);
  std::vector<Service *> needed_first(std::vector<Service *> services) const;
  std::vector<Service *> needed_last(std::vector<Service *> services) const;
  static Journal::Position last_kept(const std::vector<Service *> &services);
  void attend();
  Nanos trim();
  Nanos look_after_plugins(Nanos now);
  void run_hooks();
  void pump_subscriptions();
  static bool hangs_in_a_release(const Service &service);
  bool poll_by(Nanos end);
  bool lock_polling_by(Nanos end);
  void poll_once();
  void check_idle() const;
  void push_to_end(Service &service, HostEnd::Push push, machine::Input input, const DrainOptions &options);
  void say_ending(const Action &action);
  void refuse_starts(bool refuse);
  void stop_services();
  void stop_service(Service &service);
  bool is_over(const Service &service) const;
  Nanos stop_bound() const { return options_.end_bound / 10 * 4; }    // for the callbacks of the services
  Nanos thread_bound() const { return options_.end_bound / 10 * 7; }  // for these and all threads but the log's
  Nanos bound_left(Nanos of) const;
  Nanos end_log_gently();
  void say_hanging(const std::string &what);

  const Options options_;
  Log log_;
  EventLog events_;
  const bool per_cpu_;  // the gate has been proved: see gate_proof.hpp
  SessionSlab slab_;
  CellMemory cells_;
  Wake steward_wake_;
  Wake hooks_wake_;
  Policies policies_;
  std::optional<Journal> journal_;
  std::optional<JournalWriter> journal_writer_;
  Steps steps_;
  Describer describer_;
  std::optional<CallbackPool> callbacks_;
  Shared shared_;
  Loop loop_;
  Nanos trim_at_ = kNever;  // used by the steward, or the server's loop
  std::atomic<int> users_{0};
  Nanos ending_since_ = 0;  // begin of close() by the real clock; used by the thread that destroys the host

  std::mutex polling_;  // held by poll(), so that a subscription is not ended during its callback
  mutable std::mutex services_mu_;
  std::vector<std::unique_ptr<Service>> services_;            // guarded by services_mu_; never shrinks
  std::vector<std::unique_ptr<Subscription>> subscriptions_;  // guarded by services_mu_

  Plugins plugins_;

  std::optional<EventLane> log_lane_;
  std::unique_ptr<Worker> log_worker_;
  std::unique_ptr<Worker> steward_;
};

inline bool Subscription::forked() const { return host_.forked(); }

}  // namespace tidegate::sdk

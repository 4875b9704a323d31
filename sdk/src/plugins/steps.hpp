#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/nanos.hpp"
#include "tidegate/base.h"

namespace tidegate::sdk {

class Plugin;
class EventLog;
class Clock;

/// A service that waits for the hooks of a lifecycle step.
class StepWaiter {
 public:
  StepWaiter() = default;
  StepWaiter(const StepWaiter &) = delete;
  StepWaiter &operator=(const StepWaiter &) = delete;

  virtual const std::string &name() const = 0;
  /// All hooks of `step` (TG_STEP_BEFORE_START or TG_STEP_STOPPING) are completed. `why`: which plugin failed the step, and its reason.
  /// Threads: any, without a lock.
  virtual void hooks_done(std::uint32_t step, bool failed, std::string_view why) = 0;

 protected:
  ~StepWaiter() = default;
};

/// The steps of services that wait for plugins: before a start, and before a stop. Each hook has a token, which is completed by the result
/// of the hook, later by the plugin, or at its limit by the host with an event. When the last token is completed, the service goes on.
///
/// Threads: all functions any. Under mu_ no vendor code and no function of a service runs.
class Steps {
 public:
  Steps(EventLog &events, const Clock &clock) : events_(events), clock_(clock) {}

  void add(std::shared_ptr<Plugin> plugin);
  /// Removes a plugin. Its heir is asked for its deferred steps, in the time that is left; without an heir with that hook the step goes on,
  /// and event 25187 says so with `why`, such as "it was unloaded".
  void remove(const Plugin &plugin, std::string_view why, const std::shared_ptr<Plugin> &heir = nullptr);

  struct Asked {
    std::uint32_t step = 0;  ///< TG_STEP_*
    std::uint64_t epoch = 0, live = 0;
    std::string_view actor, reason;
  };
  /// Asks the hooks of a step, and calls hooks_done() of the service when all are completed. Returns: false when there are no hooks, or
  /// without memory: the service then goes on, as it would wait for ever.
  bool begin(StepWaiter &service, const Asked &asked) noexcept;
  tg_result complete(std::string_view plugin, std::uint64_t token, tg_result result, std::string_view why);

  /// Completes overdue tokens. Returns: the time of the next call.
  Nanos attend(Nanos now);

 private:
  struct Round {
    StepWaiter &service;
    const std::uint32_t step;
    const std::uint64_t epoch, live;
    const std::string actor, reason;
    std::size_t left = 0;  // guarded by mu_
    bool failed = false;   // guarded by mu_
    std::string why;       // guarded by mu_: the first plugin that failed the step, and its sentence
  };
  struct Pending {
    std::shared_ptr<Plugin> plugin;
    std::shared_ptr<Round> round;
    Nanos due = kNever;
  };

  std::vector<std::pair<std::shared_ptr<Plugin>, std::uint64_t>> enter(StepWaiter &service, const Asked &asked);
  bool hand_over(const Pending &pending, const std::shared_ptr<Plugin> &heir) noexcept;
  bool ask_heir(const Pending &pending, const std::shared_ptr<Plugin> &heir, std::uint64_t &token);
  static void ask(Plugin &plugin, const Round &round, std::uint64_t token);
  void finish(const Pending &pending, tg_result result, std::string_view why);
  void say(std::uint32_t number, const Pending &pending, const std::string &what);

  EventLog &events_;
  const Clock &clock_;
  std::atomic<std::size_t> count_{0};  // number of plugins, for readers without the lock
  std::mutex mu_;
  // guarded by mu_:
  std::vector<std::shared_ptr<Plugin>> plugins_;
  std::map<std::uint64_t, Pending> pending_;  // by token
  std::uint64_t last_token_ = 0;
};

}  // namespace tidegate::sdk

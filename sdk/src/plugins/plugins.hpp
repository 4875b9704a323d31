#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "core/event.hpp"
#include "plugins/change_thread.hpp"
#include "plugins/plugin.hpp"
#include "plugins/plugin_health.hpp"
#include "plugins/policies.hpp"
#include "plugins/host_for_plugins.hpp"

namespace tidegate::sdk {

/// A plugin at one moment.
struct PluginView {
  std::string id, version, path, roles, last_fault;
  std::uint32_t state = 0;  ///< TG_PLUGIN_STATE_*
  Nanos since = 0;
  std::uint64_t sessions = 0, faults = 0, timed = 0, behind = 0;
  Nanos mean = 0, longest = 0;
};

/// The plugins of a host: loaded, replaced, watched, taken down.
///
/// Vendor code of a change runs on the thread for changes, one change after another, and the requesting thread waits for it. So the end of
/// the host is bounded, whatever a plugin does: close() leaves the thread behind when a call does not return, answers waiting threads
/// with TG_E_CLOSING, and leaks the plugin on purpose, so that its threads never touch freed memory.
///
/// Threads: load(), reload(), reconfigure(), unload() any, but not inside a callback; close() once; attend() the steward; all others any.
/// | lock | guards |
/// | Turn::mu | the turn of a change; no function is called under it |
/// | mu_ | loaded_, change_; no vendor code runs under it |
/// Members "of the change" are used by the thread for changes, and by close() when that thread is idle or left behind.
class Plugins {
 public:
  /// The default limit of close().
  static constexpr Nanos kCloseLimit = 5 * kSecond;

  Plugins(HostForPlugins &host, Log &log, Policies &policies);
  ~Plugins();
  Plugins(const Plugins &) = delete;
  Plugins &operator=(const Plugins &) = delete;

  // ---- each throws Fault, with nothing changed ----
  void load(const PluginOptions &options, const Action &action = {});
  /// Both return TG_OK or TG_RETAINED.
  tg_result reload(std::string_view id, const std::optional<std::string> &config, const Action &action = {});
  tg_result unload(std::string_view id, const Action &action = {});
  void reconfigure(std::string_view id, const std::string &config, const Action &action = {});

  /// Takes all plugins down, the last loaded first, within `limit`: a plugin whose call does not return is retained, and an event names
  /// plugin and call. Returns: false when a plugin was retained, or a thread is still inside a policy or inside a call of the host by a
  /// plugin: then neither the host nor its parts may ever be freed.
  bool close(Nanos limit = kCloseLimit);
  /// Returns: whether an event of the end has named a plugin with a call that has not returned.
  bool has_named_one() const { return named_one_; }
  /// Leaves the change in progress behind if it is inside a call of a plugin; the waiting thread gets an answer.
  void leave_change_behind();

  /// Looks for plugins that fail or hang. Returns: the time of the next call.
  Nanos attend(Nanos now);

  std::vector<PluginView> list() const;
  /// Calls `fn(id, metric)` for each metric. Plugins whose last report is older than a second report again; the call waits for them for
  /// 0.1 s in all, unless this thread must not wait.
  void metrics(const std::function<void(const std::string &, const Metric &)> &fn);

 private:
  /// A loaded plugin. When it is in loaded_, mu_ guards the members that change.
  struct Loaded {
    std::shared_ptr<Plugin> plugin;
    std::string path;
    std::uint32_t state = 0;  // TG_PLUGIN_STATE_*
    Nanos since = 0;
    Policies::Slot slot = Policies::kNone;
    PluginHealth health;  // used by the steward
  };
  using LoadedPtr = std::shared_ptr<Loaded>;

  /// The change in progress, in which the steward detects a plugin that hangs.
  struct Change {
    std::string doing, what;
    Nanos since = 0, hangs_after = 0;  // since: kNever while the host itself waits for calls in progress
    bool said = false;
    std::vector<LoadedPtr> parts;  // plugins that stay when the change is given up
  };
  class Changing;

  /// The turn of changes. It outlives the host: a thread that waits for its turn, or for a call, uses nothing else.
  struct Turn {
    std::mutex mu;
    std::condition_variable moved;
    bool taken = false, closing = false;  // guarded by mu
  };

  /// The time that a change may still wait for calls in progress, in all.
  struct Patience {
    Nanos left;
  };

  void check_may_load(const char *what) const;
  void on_change_thread(std::function<void()> change);
  bool hurried() const;

  // ---- on the thread for changes ----
  void load_now(const PluginOptions &options, const Action &action);
  tg_result reload_now(const std::string &id, const std::optional<std::string> &config, const Action &action);
  tg_result unload_now(const std::string &id, const Action &action);
  void reconfigure_now(const std::string &id, const std::string &config, const Action &action);

  LoadedPtr find(std::string_view id) const;
  LoadedPtr make(const PluginOptions &options, std::string_view instead_of);
  void enter(const LoadedPtr &loaded);
  void leave(const LoadedPtr &loaded);
  void takes_part(const LoadedPtr &loaded);
  void set_state(const LoadedPtr &loaded, std::uint32_t state);
  void set_slot(const LoadedPtr &loaded, Policies::Slot slot);
  Policies::Entry entry_of(Loaded &loaded) const;
  void prepare(const LoadedPtr &loaded);
  void put_in_force(const LoadedPtr &loaded, const Plugin::Given &after);
  void undo(const LoadedPtr &loaded, Patience patience) noexcept;
  void begin_with(const LoadedPtr &old, const LoadedPtr &heir, std::uint64_t &handed_over, Patience &patience);
  bool settle(Patience &patience);
  /// Throws the Fault of a reload that settle() did not let happen.
  [[noreturn]] void cannot_replace(const Plugin &plugin) const;
  bool end_worker(Plugin &plugin, Patience &patience);
  bool end_worker_for_good(Plugin &plugin, Patience &patience);
  void say_events_left(const Plugin &plugin, std::uint64_t last);
  template <class F>
  bool wait_apart(Patience &patience, F &&wait);
  void stays(const LoadedPtr &withdrawn);
  bool retire_policy(const LoadedPtr &loaded, Patience &patience) noexcept;
  tg_result take_down(const LoadedPtr &loaded, bool all_is_back, const Patience &patience, const Action &action);
  bool dispose(const LoadedPtr &loaded, bool all_is_back, const Patience &patience);
  void keep_for_ever(const LoadedPtr &loaded);

  // ---- the end ----
  void finish_change(Nanos end);
  void take_all_down(Nanos end);
  void give_up_on(const std::vector<LoadedPtr> &parts, const std::string &what, const CallMark::Call &call, Nanos since);

  // ---- the steward ----
  void attend_to(const LoadedPtr &loaded, Nanos now, const std::vector<Policies::Slot> &hung);
  void apply(const PluginHealth::Findings &found, Loaded &loaded, Nanos now);
  void give_back_slots();
  void attend_change(Nanos now);
  void say_dropped(const Plugin &plugin, const PluginHost::Dropped &dropped) const;
  void say(std::uint32_t number, const std::string &what, std::uint64_t count = 0, const Action &action = {}) const;
  void say(std::uint32_t number, const Loaded &loaded, std::uint64_t count = 0, const std::string &more = {},
           const Action &action = {}) const;
  Policies::NameOf name_of() const;

  HostForPlugins &host_;
  Log &log_;
  Policies &policies_;

  const std::shared_ptr<Turn> turn_;
  ChangeThread thread_;
  std::atomic<Nanos> hurry_{kNever};  // time by the monotonic clock at which waits for calls in progress end, as the host ends
  mutable std::mutex mu_;
  std::vector<LoadedPtr> loaded_;  // guarded by mu_; in the order they were loaded
  std::optional<Change> change_;   // guarded by mu_
  std::vector<LoadedPtr> kept_;    // of the change: unused plugins that stay
  bool closed_ = false, free_ = true;  // used by close()
  std::atomic<bool> named_one_{false};
  Nanos watch_at_ = 0;             // used by the steward
};

}  // namespace tidegate::sdk

#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "runtime/plugin.hpp"
#include "runtime/plugin_health.hpp"
#include "runtime/policies.hpp"
#include "runtime/shared.hpp"

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
/// Threads: load(), reload(), reconfigure(), unload() and close() any but that of a callback, one after another: loading_ is held
/// while vendor code runs. attend() the steward; the rest any. Under mu_ no vendor code runs.
class Plugins {
 public:
  Plugins(Host &host, Log &log, Policies &policies);
  ~Plugins();
  Plugins(const Plugins &) = delete;
  Plugins &operator=(const Plugins &) = delete;

  // ---- each throws Fault, with nothing changed ----
  void load(const PluginOptions &options);
  /// Return: TG_OK or TG_RETAINED.
  tg_result reload(std::string_view id, const std::optional<std::string> &config);
  tg_result unload(std::string_view id);
  void reconfigure(std::string_view id, const std::string &config);
  /// Takes all down, the last loaded first.
  void close();

  /// Sees to those that fail or hang. Returns: when to be called again.
  Nanos attend(Nanos now);

  std::vector<PluginView> list() const;
  /// Calls `fn(id, metric)` for each figure, and has them told again.
  void metrics(const std::function<void(const std::string &, const Metric &)> &fn);

 private:
  /// One of them; what changes is guarded by mu_, once it is in loaded_.
  struct Loaded {
    std::shared_ptr<Plugin> plugin;
    std::string path;
    std::uint32_t state = 0;  // TG_PLUGIN_STATE_*
    Nanos since = 0;
    Policies::Slot slot = Policies::kNone;
    PluginHealth health;  // the steward's
  };
  using LoadedPtr = std::shared_ptr<Loaded>;

  /// The change in progress, for the steward to see whether what the plugin does for it comes back.
  struct Change {
    std::string doing, what;
    Nanos since = 0, hangs_after = 0;  // since: kNever while the host itself waits, as it was told to
    bool said = false;
  };
  class Changing;

  void check_may_load(const char *what) const;
  LoadedPtr find(std::string_view id) const;
  LoadedPtr make(const PluginOptions &options, std::string_view instead_of);
  void enter(const LoadedPtr &loaded);
  void leave(const LoadedPtr &loaded);
  void set_state(const LoadedPtr &loaded, std::uint32_t state);
  void set_slot(const LoadedPtr &loaded, Policies::Slot slot);
  Policies::Entry entry_of(Loaded &loaded) const;
  void prepare(const LoadedPtr &loaded);
  void put_in_force(const LoadedPtr &loaded, std::uint64_t after);
  void undo(const LoadedPtr &loaded) noexcept;
  void begin_with(const LoadedPtr &old, const LoadedPtr &heir, std::uint64_t &handed_over);
  bool settle(Nanos limit);
  bool end_worker(Plugin &plugin);
  template <class F>
  bool wait_apart(F &&wait);
  void stays(const LoadedPtr &withdrawn);
  bool retire_policy(const LoadedPtr &loaded) noexcept;
  tg_result take_down(const LoadedPtr &loaded, bool calls_are_back);
  bool dispose(const LoadedPtr &loaded, bool calls_are_back);
  void keep_for_ever(const LoadedPtr &loaded);
  void attend_to(const LoadedPtr &loaded, Nanos now, const std::vector<Policies::Slot> &hung);
  void apply(const PluginHealth::Findings &found, Loaded &loaded, Nanos now);
  void give_back_slots();
  void attend_change(Nanos now);
  void say(std::uint32_t number, const std::string &what, std::uint64_t count = 0) const;
  void say(std::uint32_t number, const Loaded &loaded, std::uint64_t count = 0, const std::string &more = {}) const;
  Policies::NameOf name_of() const;

  Host &host_;
  Log &log_;
  Policies &policies_;

  std::mutex loading_;
  mutable std::mutex mu_;
  std::vector<LoadedPtr> loaded_;  // guarded by mu_; in the order they were loaded
  std::optional<Change> change_;   // guarded by mu_; set with loading_ held
  std::vector<LoadedPtr> kept_;    // guarded by loading_; those that stay though nobody uses them
  Nanos watch_at_ = 0;             // the steward's
};

}  // namespace tidegate::sdk

#include "plugins/plugins.hpp"

#include <algorithm>
#include <utility>

#include "core/policy_scope.hpp"
#include "loop/callback_scope.hpp"
#include "events/event_text.hpp"
#include "os/fault.hpp"
#include "events/event_log.hpp"
#include "plugins/steps.hpp"
#include "plugins/plugins_changing.hpp"
#include "tidegate/vocabulary/plugin_state.h"

namespace tidegate::sdk {
Plugins::Plugins(HostForPlugins &host, Log &log, Policies &policies)
    : host_(host), log_(log), policies_(policies), turn_(std::make_shared<Turn>()) {}

Plugins::~Plugins() { close(); }

// ---- the turn of a change ----

/// Waits for its turn, calls `change` on the thread for changes, and throws the exceptions of `change`. When the host ends while the plugin
/// hangs, that thread is left behind and this function returns; so `change` must own the data that it uses.
void Plugins::on_change_thread(std::function<void()> change) {
  const std::shared_ptr<Turn> turn = turn_;
  constexpr const char *kClosing = "the host is being destroyed: no plugin is loaded, replaced or taken out any more";
  {
    std::unique_lock lock(turn->mu);
    turn->moved.wait(lock, [&] { return !turn->taken || turn->closing; });
    if (turn->closing) throw Fault(TG_E_CLOSING, kClosing);
    turn->taken = true;
  }
  const auto give_turn = [&turn] {
    const std::lock_guard lock(turn->mu);
    turn->taken = false;
    turn->moved.notify_all();
  };
  bool came_back = false;
  try {
    came_back = thread_.run(std::move(change));
  } catch (...) {
    give_turn();
    throw;
  }
  give_turn();  // touches only the shared turn: the host may be gone
  if (!came_back)
    throw Fault(TG_E_CLOSING, "the host or its control socket was closed before a call of the plugin came back; the plugin is left behind");
}

/// Returns: whether waits for calls in progress must end now, as the host ends.
bool Plugins::hurried() const { return Clock::real().monotonic() >= hurry_.load(std::memory_order_acquire); }

// ---- the list ----

void Plugins::check_may_load(const char *what) const {
  if (PolicyScope::inside() || CallbackScope::inside())
    throw Fault(TG_E_REENTRANT, std::string(what) + ": called from inside a callback, which would wait for itself; call it on "
                                                    "another thread");
}

Plugins::LoadedPtr Plugins::find(std::string_view id) const {
  const std::lock_guard lock(mu_);
  std::string all;
  for (const LoadedPtr &one : loaded_) {
    if (one->state == TG_PLUGIN_STATE_RETAINED) continue;
    if (one->plugin->id() == id) return one;
    all += (all.empty() ? "" : ", ") + one->plugin->id();
  }
  throw Fault(TG_E_NOT_FOUND, "no plugin is loaded that is called \"" + std::string(id.substr(0, kNameBytes)) + "\"; " +
                                  (all.empty() ? "there is none" : "there are: " + all));
}

/// Checks and maps the file of a plugin, without making an instance. `instead_of`: the id that the file must have; empty: any new id.
Plugins::LoadedPtr Plugins::make(const PluginOptions &options, std::string_view instead_of) {
  auto file = std::make_unique<PluginFile>(options.path, PluginRules{options.sha256, host_.denied_plugins()});
  if (!instead_of.empty() && file->id() != instead_of)
    throw Fault(TG_E_INVALID, "plugin " + options.path + " is another one now: its id is " + file->id() + ", and " +
                                  std::string(instead_of) + " is loaded from there; unload that, and load this");
  if (instead_of.empty()) {
    const std::lock_guard lock(mu_);
    for (const LoadedPtr &other : loaded_)
      if (other->state != TG_PLUGIN_STATE_RETAINED && other->plugin->id() == file->id())
        throw Fault(TG_E_EXISTS, "plugin " + file->id() + " is loaded already; a host has one of a name");
  }
  auto loaded = std::make_shared<Loaded>();
  loaded->plugin = std::make_shared<Plugin>(std::move(file), options, host_, log_);
  loaded->path = options.path;
  loaded->health = PluginHealth(options.breaker);
  return loaded;
}

void Plugins::enter(const LoadedPtr &loaded) {
  const std::lock_guard lock(mu_);
  loaded->state = TG_PLUGIN_STATE_STARTING;
  loaded->since = host_.clock().monotonic();
  loaded_.push_back(loaded);
}

void Plugins::leave(const LoadedPtr &loaded) {
  const std::lock_guard lock(mu_);
  std::erase(loaded_, loaded);
}

/// Notes that the plugin stays for ever if this change is given up.
void Plugins::takes_part(const LoadedPtr &loaded) {
  const std::lock_guard lock(mu_);
  if (change_) change_->parts.push_back(loaded);
}

void Plugins::set_state(const LoadedPtr &loaded, std::uint32_t state) {
  const std::lock_guard lock(mu_);
  loaded->state = state;
  loaded->since = host_.clock().monotonic();
}

void Plugins::set_slot(const LoadedPtr &loaded, Policies::Slot slot) {
  const std::lock_guard lock(mu_);
  loaded->slot = slot;
}

Policies::Entry Plugins::entry_of(Loaded &loaded) const {
  Plugin &plugin = *loaded.plugin;
  return {plugin.id(), plugin.policy(), plugin.instance(), &plugin.meter()};
}

Policies::NameOf Plugins::name_of() const {
  return [names = host_.service_names()](std::uint32_t index) { return index < names.size() ? names[index] : tg_str{}; };
}

void Plugins::say(std::uint32_t number, const std::string &what, std::uint64_t count, const Action &action) const {
  Event event;
  event.number = number;
  event.count = count;
  event.action = action;
  describe(event, ": " + what);
  host_.events().append(event);
}

void Plugins::say(std::uint32_t number, const Loaded &loaded, std::uint64_t count, const std::string &more,
                  const Action &action) const {
  say(number, loaded.plugin->id() + " " + loaded.plugin->version() + more, count, action);
}

// ---- coming ----

void Plugins::load(const PluginOptions &options, const Action &action) {
  check_may_load("tg_plugin_load");
  on_change_thread([this, options, action] { load_now(options, action); });
}

void Plugins::load_now(const PluginOptions &options, const Action &action) {
  const Changing changing(*this, "loading", options.path, options);
  const LoadedPtr loaded = make(options, {});
  enter(loaded);
  takes_part(loaded);
  try {
    loaded->plugin->create();
    loaded->plugin->start();
    prepare(loaded);
    if (loaded->plugin->policy() != nullptr) set_slot(loaded, policies_.add(entry_of(*loaded)));
  } catch (...) {
    undo(loaded, {options.drain_limit});
    leave(loaded);
    if (loaded->plugin->is_abandoned()) stays(loaded);
    throw;
  }
  const std::uint64_t last = host_.events().last();
  put_in_force(loaded, {last, last});
  const std::string &unknown = loaded->plugin->unknown_roles();
  say(TG_EVENT_PLUGIN_LOADED, *loaded, 0, unknown.empty() ? "" : "; this host does not know its role " + unknown, action);
}

/// Makes the lanes of the plugin's events, and registers its hooks, which are called from here on.
void Plugins::prepare(const LoadedPtr &loaded) {
  Plugin &plugin = *loaded->plugin;
  plugin.prepare(host_.events());
  if (plugin.has_hook(TG_STEP_BEFORE_START) || plugin.has_hook(TG_STEP_STOPPING)) host_.steps().add(loaded->plugin);
}

/// Lets a plugin whose policy is asked already take events, and marks it as running.
void Plugins::put_in_force(const LoadedPtr &loaded, const Plugin::Given &after) {
  loaded->plugin->begin(after);
  set_state(loaded, TG_PLUGIN_STATE_RUNNING);
  host_.ring_for_faults();  // the steward has one more to look after
}

/// Undoes a load: no part of the plugin stays, unless a call of the plugin does not return.
void Plugins::undo(const LoadedPtr &loaded, Patience patience) noexcept {
  const bool calls_are_back = loaded->slot == Policies::kNone || retire_policy(loaded, patience);
  host_.steps().remove(*loaded->plugin, "it was withdrawn; the host goes on without it");
  const bool worker_is_back = end_worker_for_good(*loaded->plugin, patience);
  dispose(loaded, calls_are_back && worker_is_back, patience);
}

void Plugins::reconfigure(std::string_view id, const std::string &config, const Action &action) {
  check_may_load("tg_plugin_reconfigure");
  on_change_thread([this, id = std::string(id), config, action] { reconfigure_now(id, config, action); });
}

void Plugins::reconfigure_now(const std::string &id, const std::string &config, const Action &action) {
  const LoadedPtr loaded = find(id);
  const Changing changing(*this, "reconfiguring", loaded->plugin->id(), loaded->plugin->options());
  takes_part(loaded);
  loaded->plugin->reconfigure(config);
  say(TG_EVENT_PLUGIN_RECONFIGURED, *loaded, 0, {}, action);
}

// ---- one in the place of another ----

tg_result Plugins::reload(std::string_view id, const std::optional<std::string> &config, const Action &action) {
  check_may_load("tg_plugin_reload");
  const auto result = std::make_shared<tg_result>(TG_OK);
  on_change_thread([this, id = std::string(id), config, action, result] { *result = reload_now(id, config, action); });
  return *result;
}

tg_result Plugins::reload_now(const std::string &id, const std::optional<std::string> &config, const Action &action) {
  const LoadedPtr old = find(id);
  PluginOptions options = old->plugin->options();
  if (config) options.config = *config;
  const Changing changing(*this, "replacing", old->plugin->id(), options);
  takes_part(old);
  Patience patience{options.drain_limit};
  if (old->slot != Policies::kNone && !settle(patience))
    cannot_replace(*old->plugin);
  if (old->slot != Policies::kNone) policies_.even_out();
  const LoadedPtr heir = make(options, old->plugin->id());
  heir->state = TG_PLUGIN_STATE_STARTING;
  takes_part(heir);
  std::uint64_t handed_over = 0;
  try {
    const std::lock_guard inner(mu_);
    loaded_.reserve(loaded_.size() + 1);
  } catch (...) {
    undo(heir, {options.drain_limit});
    throw;
  }
  try {
    begin_with(old, heir, handed_over, patience);
  } catch (...) {
    undo(heir, {options.drain_limit});
    if (heir->plugin->is_abandoned()) stays(heir);
    throw;
  }

  // From here on the old instance goes. The heir gets the events that the old instance has not got.
  patience.left = options.drain_limit;
  set_state(old, TG_PLUGIN_STATE_DRAINING);
  const bool calls_are_back = old->slot == Policies::kNone || retire_policy(old, patience);
  const bool worker_is_back = end_worker(*old->plugin, patience);
  put_in_force(heir, old->plugin->given(host_.events().last()));
  host_.steps().remove(*old->plugin, "it was replaced, and its heir has no such hook; the host goes on without it", heir->plugin);
  {
    const std::lock_guard inner(mu_);
    *std::ranges::find(loaded_, old) = heir;
    loaded_.push_back(old);
  }
  say(TG_EVENT_PLUGIN_REPLACED, *heir, handed_over,
      " in the place of " + old->plugin->version() + ", " + std::to_string(handed_over) + " sessions handed over", action);
  return take_down(old, calls_are_back && worker_is_back, patience, action);
}

void Plugins::cannot_replace(const Plugin &plugin) const {
  const bool hangs = !policies_.is_fence_refused();
  throw Fault(hangs ? TG_E_TIMEOUT : TG_E_SYSTEM, "plugin " + plugin.id() + " cannot be replaced now: " + policies_.why_unsettled("a call of a policy") +
                                                      (hangs ? "; see which policy is out: tidegate plugins" : ""));
}

/// Makes the heir, hands over the sessions, starts the heir, and lets it be asked beside the old instance. Throws Fault; undo() then takes
/// all of this back.
void Plugins::begin_with(const LoadedPtr &old, const LoadedPtr &heir, std::uint64_t &handed_over, Patience &patience) {
  const auto wait_for_calls = [&] {
    if (!settle(patience)) cannot_replace(*old->plugin);
  };
  heir->plugin->create();
  const tg_admission_policy *policy = heir->plugin->policy();
  const bool adopts = old->slot != Policies::kNone && policy != nullptr && policy->adopt != nullptr;
  if (adopts) {
    heir->slot = policies_.add(entry_of(*heir), old->slot);
    wait_for_calls();
    handed_over = policies_.hand_over(old->slot, heir->slot, name_of());
  }
  heir->plugin->start();
  prepare(heir);
  if (adopts)
    policies_.change(heir->slot, Part::asked);
  else if (policy != nullptr)
    heir->slot = policies_.add(entry_of(*heir));
  if (policy != nullptr) wait_for_calls();
}

/// Keeps a withdrawn heir, which a thread may still be inside of or about to call. loaded_ has room for it.
void Plugins::stays(const LoadedPtr &withdrawn) {
  {
    const std::lock_guard lock(mu_);
    withdrawn->state = TG_PLUGIN_STATE_RETAINED;
    withdrawn->since = host_.clock().monotonic();
    loaded_.push_back(withdrawn);
  }
  say(TG_EVENT_PLUGIN_RETAINED, *withdrawn, 0, ": it was withdrawn, and " + policies_.why_unsettled("a call"));
}

}  // namespace tidegate::sdk

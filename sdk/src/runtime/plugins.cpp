#include "runtime/plugins.hpp"

#include <algorithm>

#include "core/policy_scope.hpp"
#include "runtime/callback_scope.hpp"
#include "runtime/event_text.hpp"
#include "runtime/fault.hpp"
#include "runtime/host.hpp"
#include "tidegate/plugin_state.h"

namespace tidegate::sdk {
namespace {

/// Those that are used no more and cannot be taken down, as a thread is still inside: they outlive their hosts. They are found
/// from here, so that a leak check does not take them for one.
std::vector<std::shared_ptr<Plugin>> &those_for_ever() {
  static auto &kept = *new std::vector<std::shared_ptr<Plugin>>;
  return kept;
}

}  // namespace

/// While it lives, with loading_ held, a change is in progress.
class Plugins::Changing {
 public:
  Changing(Plugins &plugins, const char *doing, const std::string &what, const PluginOptions &options) : plugins_(plugins) {
    Change change{doing, what, plugins.host_.shared().clock.monotonic(), options.others_hang_after()};
    {
      const std::lock_guard lock(plugins.mu_);
      plugins.change_ = std::move(change);
    }
    plugins.host_.shared().ring_for_faults();  // the steward has something to look after
  }
  ~Changing() {
    const std::lock_guard lock(plugins_.mu_);
    plugins_.change_.reset();
  }
  Changing(const Changing &) = delete;
  Changing &operator=(const Changing &) = delete;

 private:
  Plugins &plugins_;
};

Plugins::Plugins(Host &host, Log &log, Policies &policies) : host_(host), log_(log), policies_(policies) {}

Plugins::~Plugins() { close(); }

// ---- who is there ----

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

/// The file is looked at and mapped; no instance is made yet.
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
  loaded->since = host_.shared().clock.monotonic();
  loaded_.push_back(loaded);
}

void Plugins::leave(const LoadedPtr &loaded) {
  const std::lock_guard lock(mu_);
  std::erase(loaded_, loaded);
}

void Plugins::set_state(const LoadedPtr &loaded, std::uint32_t state) {
  const std::lock_guard lock(mu_);
  loaded->state = state;
  loaded->since = host_.shared().clock.monotonic();
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
  return [services = host_.services()](std::uint32_t index) {
    return index < services.size() ? to_str(services[index]->name()) : tg_str{};
  };
}

void Plugins::say(std::uint32_t number, const std::string &what, std::uint64_t count) const {
  Event event;
  event.number = number;
  event.count = count;
  describe(event, ": " + what);
  host_.events().append(event);
}

void Plugins::say(std::uint32_t number, const Loaded &loaded, std::uint64_t count, const std::string &more) const {
  say(number, loaded.plugin->id() + " " + loaded.plugin->version() + more, count);
}

// ---- coming ----

void Plugins::load(const PluginOptions &options) {
  check_may_load("tg_plugin_load");
  const std::lock_guard lock(loading_);
  const Changing changing(*this, "loading", options.path, options);
  const LoadedPtr loaded = make(options, {});
  enter(loaded);
  try {
    loaded->plugin->create();
    loaded->plugin->start();
    prepare(loaded);
    if (loaded->plugin->policy() != nullptr) set_slot(loaded, policies_.add(entry_of(*loaded)));
  } catch (...) {
    undo(loaded);
    leave(loaded);
    if (loaded->plugin->is_abandoned()) stays(loaded);
    throw;
  }
  put_in_force(loaded, host_.events().last());
  say(TG_EVENT_PLUGIN_LOADED, *loaded);
}

/// Whatever may fail, so that putting it in force cannot. From here on its hooks are asked.
void Plugins::prepare(const LoadedPtr &loaded) {
  Plugin &plugin = *loaded->plugin;
  plugin.prepare(host_.events());
  if (plugin.has_hook(TG_STEP_BEFORE_START) || plugin.has_hook(TG_STEP_STOPPING)) host_.steps().add(loaded->plugin);
}

/// It has started, and its policy is asked: now all else of it.
void Plugins::put_in_force(const LoadedPtr &loaded, std::uint64_t after) {
  loaded->plugin->begin(after);
  set_state(loaded, TG_PLUGIN_STATE_RUNNING);
  host_.shared().ring_for_faults();  // the steward has one more to look after
}

/// What was begun of it; nothing of it is left behind, unless a call of it does not come back.
void Plugins::undo(const LoadedPtr &loaded) noexcept {
  const bool calls_are_back = loaded->slot == Policies::kNone || retire_policy(loaded);
  host_.steps().remove(*loaded->plugin);
  dispose(loaded, calls_are_back);
}

void Plugins::reconfigure(std::string_view id, const std::string &config) {
  check_may_load("tg_plugin_reconfigure");
  const std::lock_guard lock(loading_);
  const LoadedPtr loaded = find(id);
  const Changing changing(*this, "reconfiguring", loaded->plugin->id(), loaded->plugin->options());
  loaded->plugin->reconfigure(config);
  say(TG_EVENT_PLUGIN_RECONFIGURED, *loaded);
}

// ---- one in the place of another ----

tg_result Plugins::reload(std::string_view id, const std::optional<std::string> &config) {
  check_may_load("tg_plugin_reload");
  const std::lock_guard lock(loading_);
  const LoadedPtr old = find(id);
  PluginOptions options = old->plugin->options();
  if (config) options.config = *config;
  const Changing changing(*this, "replacing", old->plugin->id(), options);
  if (old->slot != Policies::kNone && !settle(options.drain_limit))
    throw Fault(TG_E_TIMEOUT, "plugin " + old->plugin->id() +
                                  " cannot be replaced now: a call of a policy has not come back; see which is out: tidegate plugins");
  if (old->slot != Policies::kNone) policies_.even_out();
  const LoadedPtr heir = make(options, old->plugin->id());
  heir->state = TG_PLUGIN_STATE_STARTING;
  std::uint64_t handed_over = 0;
  try {
    const std::lock_guard inner(mu_);
    loaded_.reserve(loaded_.size() + 1);
  } catch (...) {
    undo(heir);
    throw;
  }
  try {
    begin_with(old, heir, handed_over);
  } catch (...) {
    undo(heir);
    if (heir->plugin->is_abandoned()) stays(heir);
    throw;
  }

  // From here on it cannot fail. The events that the old one has not been given are the new one's.
  set_state(old, TG_PLUGIN_STATE_DRAINING);
  const bool calls_are_back = old->slot == Policies::kNone || retire_policy(old);
  const bool worker_is_back = end_worker(*old->plugin);
  host_.steps().remove(*old->plugin);
  put_in_force(heir, old->plugin->has_events() ? old->plugin->last_event() : host_.events().last());
  {
    const std::lock_guard inner(mu_);
    *std::ranges::find(loaded_, old) = heir;
    loaded_.push_back(old);
  }
  say(TG_EVENT_PLUGIN_REPLACED, *heir, handed_over,
      " in the place of " + old->plugin->version() + ", " + std::to_string(handed_over) + " sessions handed over");
  return take_down(old, calls_are_back && worker_is_back);
}

/// Has the heir made, given the sessions, started, and asked beside the old one. Throws Fault; then undo() makes it as it was.
void Plugins::begin_with(const LoadedPtr &old, const LoadedPtr &heir, std::uint64_t &handed_over) {
  const Nanos limit = old->plugin->options().drain_limit;
  const auto wait_for_calls = [&] {
    if (!settle(limit))
      throw Fault(TG_E_TIMEOUT, "plugin " + old->plugin->id() +
                                    " cannot be replaced now: a call of a policy has not come back; see which: tidegate plugins");
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

/// It never came into force, and somebody may be inside it still, or about to call it. There is room for it in loaded_.
void Plugins::stays(const LoadedPtr &withdrawn) {
  {
    const std::lock_guard lock(mu_);
    withdrawn->state = TG_PLUGIN_STATE_RETAINED;
    withdrawn->since = host_.shared().clock.monotonic();
    loaded_.push_back(withdrawn);
  }
  say(TG_EVENT_PLUGIN_RETAINED, *withdrawn, 0, ": it was withdrawn, and a call has not come back");
}

// ---- going ----

/// What is waited for here is no call of a change.
template <class F>
bool Plugins::wait_apart(F &&wait) {
  const auto set_since = [this](Nanos since) {
    const std::lock_guard lock(mu_);
    if (change_) change_->since = since;
  };
  set_since(kNever);
  const bool done = wait();
  set_since(host_.shared().clock.monotonic());
  return done;
}

bool Plugins::settle(Nanos limit) {
  return wait_apart([&] { return policies_.settle(limit); });
}

bool Plugins::end_worker(Plugin &plugin) {
  return wait_apart([&] { return plugin.end(plugin.options().drain_limit); });
}

tg_result Plugins::unload(std::string_view id) {
  check_may_load("tg_plugin_unload");
  const std::lock_guard lock(loading_);
  const LoadedPtr loaded = find(id);
  const Changing changing(*this, "unloading", loaded->plugin->id(), loaded->plugin->options());
  set_state(loaded, TG_PLUGIN_STATE_DRAINING);
  const bool calls_are_back = loaded->slot == Policies::kNone || retire_policy(loaded);
  const bool worker_is_back = end_worker(*loaded->plugin);
  host_.steps().remove(*loaded->plugin);
  const tg_result result = take_down(loaded, calls_are_back && worker_is_back);
  if (calls_are_back && worker_is_back) say(TG_EVENT_PLUGIN_UNLOADED, *loaded);
  return result;
}

/// It is asked no more, and has nothing to do with any session. Returns: false when a call has not come back, or memory cannot
/// be had: then it is still told what becomes of its sessions.
bool Plugins::retire_policy(const LoadedPtr &loaded) noexcept {
  const Nanos limit = loaded->plugin->options().drain_limit;
  try {
    policies_.change(loaded->slot, Part::told);
    if (!settle(limit)) return false;
    policies_.let_go(loaded->slot, name_of());
    policies_.remove(loaded->slot);
    set_slot(loaded, Policies::kNone);
    return settle(limit);
  } catch (const std::exception &) {
    return false;
  }
}

/// Nothing new is asked of it any more.
tg_result Plugins::take_down(const LoadedPtr &loaded, bool calls_are_back) {
  if (dispose(loaded, calls_are_back)) {
    leave(loaded);
    return TG_OK;
  }
  if (calls_are_back) {
    say(TG_EVENT_PLUGIN_RETAINED, *loaded, 0,
        ": its file stays mapped, as it has threads, a unique symbol of C++, or says so itself");
    leave(loaded);
  } else {
    set_state(loaded, TG_PLUGIN_STATE_RETAINED);
    say(TG_EVENT_PLUGIN_RETAINED, *loaded, 0, ": a call has not come back");
  }
  return TG_RETAINED;
}

/// Stops, destroys and unmaps it; all here, so that none of it is left for whoever lets go of it last. Returns: false when it
/// stays mapped; when a call has not come back it stays whole.
bool Plugins::dispose(const LoadedPtr &loaded, bool calls_are_back) {
  Plugin &plugin = *loaded->plugin;
  if (!end_worker(plugin) || !calls_are_back) {
    keep_for_ever(loaded);
    return false;
  }
  plugin.stop();
  plugin.host().close();
  return plugin.unload();
}

void Plugins::keep_for_ever(const LoadedPtr &loaded) {
  static std::mutex mu;
  loaded->plugin->abandon();
  kept_.push_back(loaded);
  const std::lock_guard lock(mu);
  those_for_ever().push_back(loaded->plugin);
}

void Plugins::close() {
  const std::lock_guard lock(loading_);
  while (true) {
    LoadedPtr last;
    {
      const std::lock_guard inner(mu_);
      if (loaded_.empty()) break;
      last = loaded_.back();
      loaded_.pop_back();
    }
    if (last->state != TG_PLUGIN_STATE_RETAINED) undo(last);
  }
  for (const LoadedPtr &one : kept_) one->plugin->host().close();
}

}  // namespace tidegate::sdk

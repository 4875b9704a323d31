// Plugins: the watch over failing plugins, and the views of all plugins.
#include <algorithm>
#include <map>
#include <thread>

#include "core/policy_scope.hpp"
#include "loop/callback_scope.hpp"
#include "events/event_log.hpp"
#include "plugins/steps.hpp"
#include "plugins/plugins.hpp"
#include "tidegate/vocabulary/plugin_state.h"

namespace tidegate::sdk {

namespace {

/// Returns the plugin as the actor of an event about itself, which its sink does not get.
Action of(const Plugin &plugin) {
  Action action;
  action.actor.assign(plugin.id());
  return action;
}

}  // namespace

// ---- failing plugins ----

Nanos Plugins::attend(Nanos now) {
  const bool rung = host_.take_ring();
  const bool due = now >= watch_at_;
  if (!rung && !due) return watch_at_;
  // First: threads that were inside at the last look, about a second ago, have left by now.
  if (due) give_back_slots();
  std::vector<LoadedPtr> all;
  std::map<Policies::Slot, Nanos> limits;
  bool changing;
  {
    const std::lock_guard lock(mu_);
    all = loaded_;
    changing = change_.has_value();
    for (const LoadedPtr &one : all) limits[one->slot] = one->plugin->options().hang_after;
  }
  if (all.empty() && !changing && !policies_.to_watch())
    watch_at_ = kNever;
  else if (due || watch_at_ == kNever)
    watch_at_ = later(now, kSecond);  // rings do not postpone it
  const auto hung = policies_.watch(now, [&](Policies::Slot slot) {
    const auto found = limits.find(slot);
    return found == limits.end() ? kNever : found->second;
  });
  for (const LoadedPtr &one : all) attend_to(one, now, hung);
  attend_change(now);
  return watch_at_;
}

/// Looks for a change that hangs: a plugin that is being created or taken down.
void Plugins::attend_change(Nanos now) {
  std::string text;
  {
    const std::lock_guard lock(mu_);
    if (!change_ || change_->said || until(now, change_->since) <= change_->hangs_after) return;
    const CallMark::Call call = thread_.call();
    text = change_->doing + " for " + std::to_string(until(now, change_->since) / kSecond) + " s: " + change_->what +
           (call.function == nullptr ? "" : ", in its " + CallMark::name(call));
    change_->said = true;
  }
  say(TG_EVENT_PLUGIN_CHANGE_HANGS, text);
}

void Plugins::attend_to(const LoadedPtr &loaded, Nanos now, const std::vector<Policies::Slot> &hung) {
  PluginHealth::Findings found;
  {
    const std::lock_guard lock(mu_);
    if (loaded->state != TG_PLUGIN_STATE_RUNNING && loaded->state != TG_PLUGIN_STATE_OUT) return;
    const bool asked = loaded->slot != Policies::kNone;
    const bool hangs = std::ranges::find(hung, loaded->slot) != hung.end();
    found = loaded->health.look(*loaded->plugin, asked, hangs, now);
    apply(found, *loaded, now);
  }
  if (found.due != kNever) watch_at_ = std::min(watch_at_, std::max(found.due, now + 1));
  if (found.faults != 0) {
    const std::string last = PluginHealth::last_fault(*loaded->plugin);
    say(TG_EVENT_PLUGIN_FAULT, *loaded, found.faults, last.empty() ? "" : ": " + last, of(*loaded->plugin));
  }
  say_dropped(*loaded->plugin, found.dropped);
  if (found.out)
    say(TG_EVENT_POLICY_OUT, *loaded, 0,
        (found.hangs ? ", a call has not come back, for " : ", for ") + std::to_string((found.due - now) / kSecond) + " s");
  if (found.back) say(TG_EVENT_POLICY_BACK, *loaded);
  if (found.worker_hangs)
    say(TG_EVENT_WORKER_HANGS, *loaded, 0,
        ": its " + CallMark::name(found.hanging) + " has not come back for " +
            std::to_string(until(Clock::real().monotonic(), found.hanging.since) / kSecond) + " s");
}

void Plugins::say_dropped(const Plugin &plugin, const PluginHost::Dropped &dropped) const {
  if (dropped.all() == 0) return;
  say(TG_EVENT_PLUGIN_TOO_LOUD,
      plugin.id() + ": " + std::to_string(dropped.events) + " events and " + std::to_string(dropped.lines) +
          " lines of its log were dropped; it may write 20 events and 50 lines a second",
      dropped.all(), of(plugin));
}

/// Takes the policy out or puts it back. Under mu_, so that the slot still belongs to this plugin.
void Plugins::apply(const PluginHealth::Findings &found, Loaded &loaded, Nanos now) {
  if (!found.out && !found.back) return;
  policies_.take_out(loaded.slot, found.out);
  loaded.state = found.out ? TG_PLUGIN_STATE_OUT : TG_PLUGIN_STATE_RUNNING;
  loaded.since = now;
}

/// Gives back the slots of retained policies whose calls have returned by now and whose sessions have ended.
void Plugins::give_back_slots() {
  const auto retained = [](const LoadedPtr &one) {
    return one->state == TG_PLUGIN_STATE_RETAINED && one->slot != Policies::kNone;
  };
  std::uint32_t slots = 0;
  {
    const std::lock_guard lock(mu_);
    for (const LoadedPtr &one : loaded_)
      if (retained(one)) slots |= 1u << one->slot;
  }
  if (slots == 0) return;
  slots = policies_.give_back(slots);  // may look at all sessions, so without mu_
  const std::lock_guard lock(mu_);
  for (const LoadedPtr &one : loaded_)
    if (retained(one) && (slots >> one->slot & 1u) != 0) one->slot = Policies::kNone;
}

// ---- looking ----

std::vector<PluginView> Plugins::list() const {
  std::vector<LoadedPtr> all;
  std::vector<PluginView> out;
  std::vector<Policies::Slot> slots;
  const Nanos now = host_.clock().monotonic();
  {
    const std::lock_guard lock(mu_);
    all = loaded_;
    for (const LoadedPtr &one : all) {
      PluginView &view = out.emplace_back();
      view.state = one->state;
      view.since = until(now, one->since);
      slots.push_back(one->slot);
    }
  }
  const std::uint64_t last = host_.events().last();
  for (std::size_t i = 0; i < all.size(); ++i) {
    const Plugin &plugin = *all[i]->plugin;
    const PolicyMeter &meter = plugin.meter();
    PluginView &view = out[i];
    view.id = plugin.id();
    view.version = plugin.version();
    view.path = all[i]->path;
    view.roles = plugin.roles();
    view.last_fault = plugin.host().last_fault();
    view.sessions = slots[i] == Policies::kNone ? 0 : policies_.sessions(slots[i]);
    view.faults = plugin.host().faults() + meter.slow.load() + meter.garbage.load();
    view.timed = meter.timed.load();
    view.mean = view.timed == 0 ? 0 : meter.time.load() / view.timed;
    view.longest = meter.longest.load();
    // The lanes of a plugin that is being created are not read.
    view.behind = view.state == TG_PLUGIN_STATE_STARTING ? 0 : plugin.behind(last);
  }
  return out;
}

void Plugins::metrics(const std::function<void(const std::string &, const Metric &)> &fn) {
  std::vector<LoadedPtr> all;
  {
    const std::lock_guard lock(mu_);
    for (const LoadedPtr &one : loaded_)
      if (one->state == TG_PLUGIN_STATE_RUNNING || one->state == TG_PLUGIN_STATE_OUT) all.push_back(one);
  }
  for (const LoadedPtr &one : all)
    if (one->plugin->has_metrics()) one->plugin->collect();
  const bool may_wait = !CallbackScope::inside() && !PolicyScope::inside() &&
                        !host_.is_on_loop();
  const Nanos end = later(Clock::real().monotonic(), may_wait ? kSecond / 10 : 0);
  for (const LoadedPtr &one : all) {
    if (!one->plugin->has_metrics()) continue;
    one->plugin->wait_for_metrics(end);
    for (const Metric &metric : one->plugin->metrics()) fn(one->plugin->id(), metric);
  }
}

}  // namespace tidegate::sdk

// The end of plugins: of one plugin, and of all plugins within a limit.
#include <algorithm>
#include <chrono>
#include <thread>

#include "events/event_text.hpp"
#include "os/fault.hpp"
#include "events/event_log.hpp"
#include "plugins/steps.hpp"
#include "plugins/plugins_changing.hpp"
#include "tidegate/vocabulary/plugin_state.h"

namespace tidegate::sdk {
namespace {

constexpr auto kLook = std::chrono::milliseconds(5);
constexpr Nanos kLeftAfter = 2 * kSecond;     // then a call is left behind when its control socket closes
constexpr Nanos kLeastWait = kSecond / 10;  // for an idle worker, which only ends

/// Returns the unused plugins that cannot be taken down, as a thread is still inside: they outlive their hosts. The list keeps them
/// reachable for a leak check.
std::vector<std::shared_ptr<void>> &those_for_ever() {
  static auto &kept = *new std::vector<std::shared_ptr<void>>;
  return kept;
}

void keep(std::shared_ptr<void> one) {
  static std::mutex mu;
  const std::lock_guard lock(mu);
  those_for_ever().push_back(std::move(one));
}

Nanos real_now() { return Clock::real().monotonic(); }

std::string seconds(Nanos time) {
  const Nanos tenths = time / (kSecond / 10);
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " s";
}

}  // namespace

// ---- waiting for calls in progress ----

/// Calls `wait(limit)` with the time that a change has left to wait. The time of such a wait does not count as a call of the change.
template <class F>
bool Plugins::wait_apart(Patience &patience, F &&wait) {
  const auto set_since = [this](Nanos since) {
    const std::lock_guard lock(mu_);
    if (change_) change_->since = since;
  };
  set_since(kNever);
  const Nanos before = real_now();
  const bool done = wait(std::max(patience.left, kLeastWait));
  patience.left = until(patience.left, until(real_now(), before));
  set_since(host_.clock().monotonic());
  return done;
}

bool Plugins::settle(Patience &patience) {
  return wait_apart(patience, [&](Nanos limit) { return policies_.settle(limit, [this] { return hurried(); }); });
}

bool Plugins::end_worker(Plugin &plugin, Patience &patience) {
  return wait_apart(patience, [&](Nanos limit) { return plugin.end(limit, [this] { return hurried(); }); });
}

/// Ends the worker of a plugin without an heir, and reports the number of events that its sink was too slow for.
bool Plugins::end_worker_for_good(Plugin &plugin, Patience &patience) {
  const std::uint64_t last = host_.events().last();
  const bool ended = end_worker(plugin, patience);
  say_events_left(plugin, last);
  return ended;
}

/// Reports the events that the sink has not got. `last`: the number of the newest event when the worker was told to end.
void Plugins::say_events_left(const Plugin &plugin, std::uint64_t last) {
  if (const std::uint64_t left = plugin.behind(last); left != 0) host_.events().append(events_lost(plugin.id(), left));
}

// ---- unloading ----

tg_result Plugins::unload(std::string_view id, const Action &action) {
  check_may_load("tg_plugin_unload");
  const auto result = std::make_shared<tg_result>(TG_OK);
  on_change_thread([this, id = std::string(id), action, result] { *result = unload_now(id, action); });
  return *result;
}

tg_result Plugins::unload_now(const std::string &id, const Action &action) {
  const LoadedPtr loaded = find(id);
  const Changing changing(*this, "unloading", loaded->plugin->id(), loaded->plugin->options());
  takes_part(loaded);
  Patience patience{loaded->plugin->options().drain_limit};
  set_state(loaded, TG_PLUGIN_STATE_DRAINING);
  const bool calls_are_back = loaded->slot == Policies::kNone || retire_policy(loaded, patience);
  const bool all_is_back = end_worker_for_good(*loaded->plugin, patience) && calls_are_back;
  host_.steps().remove(*loaded->plugin, "it was unloaded; the host goes on without it");
  const tg_result result = take_down(loaded, all_is_back, patience, action);
  if (all_is_back) say(TG_EVENT_PLUGIN_UNLOADED, *loaded, 0, {}, action);
  return result;
}

/// Takes a policy out of the list, after it was told that its sessions are released. Returns: false when a call has not returned or without
/// memory. If this comes before let_go(), the policy stays in the list and is told of the end of its sessions.
bool Plugins::retire_policy(const LoadedPtr &loaded, Patience &patience) noexcept {
  try {
    policies_.change(loaded->slot, Part::told);
    if (!settle(patience)) return false;
    policies_.let_go(loaded->slot, name_of());
    policies_.remove(loaded->slot);
    set_slot(loaded, Policies::kNone);
    return settle(patience);
  } catch (const std::exception &) {
    return false;
  }
}

/// Takes a plugin down that the host does not call any more. Returns: TG_OK; TG_RETAINED, with an event, when the file or the plugin stays.
tg_result Plugins::take_down(const LoadedPtr &loaded, bool all_is_back, const Patience &patience, const Action &action) {
  if (dispose(loaded, all_is_back, patience)) {
    leave(loaded);
    return TG_OK;
  }
  if (!loaded->plugin->is_abandoned()) {
    say(TG_EVENT_PLUGIN_RETAINED, *loaded, 0, ": its file stays mapped, as " + loaded->plugin->why_it_stays(), action);
    leave(loaded);
  } else {
    set_state(loaded, TG_PLUGIN_STATE_RETAINED);
    const CallMark::Call call = loaded->plugin->worker().call();
    say(TG_EVENT_PLUGIN_RETAINED, *loaded, 0,
        call.function == nullptr ? ": " + policies_.why_unsettled("a call")
                                 : ": its " + CallMark::name(call) + " has not come back for " + seconds(until(real_now(), call.since)),
        action);
  }
  return TG_RETAINED;
}

/// Stops, destroys and unmaps a plugin here, and not in the destructor of its last owner. Returns: false when its file stays mapped; when
/// a call has not returned, the whole plugin stays.
bool Plugins::dispose(const LoadedPtr &loaded, bool all_is_back, const Patience &patience) {
  Plugin &plugin = *loaded->plugin;
  if (!all_is_back) {
    keep_for_ever(loaded);
    return false;
  }
  const std::uint64_t faults = plugin.host().faults();
  plugin.stop();
  if (plugin.host().faults() != faults)  // the steward does not look at this plugin any more
    say(TG_EVENT_PLUGIN_FAULT, *loaded, plugin.host().faults() - faults, ": " + plugin.host().last_fault());
  if (!plugin.host().close(std::max(patience.left, kLeastWait))) {  // a thread of its own is inside a call of the host
    keep_for_ever(loaded);
    return false;
  }
  const PluginHost::Dropped dropped = plugin.host().dropped();
  say_dropped(plugin, {dropped.events - loaded->health.dropped_said().events, dropped.lines - loaded->health.dropped_said().lines});
  return plugin.unload();
}

void Plugins::keep_for_ever(const LoadedPtr &loaded) {
  loaded->plugin->abandon();
  {
    const std::lock_guard lock(mu_);
    kept_.push_back(loaded);
  }
  keep(loaded);
}

// ---- the end ----

bool Plugins::close(Nanos limit) {
  if (std::exchange(closed_, true)) return free_ && !named_one_;
  const Nanos began = real_now(), end = later(began, limit);
  {
    const std::lock_guard lock(turn_->mu);
    turn_->closing = true;
    turn_->moved.notify_all();
  }
  hurry_.store(later(began, limit / 4), std::memory_order_release);
  finish_change(later(began, limit / 2));
  take_all_down(end);
  for (const LoadedPtr &one : kept_)
    if (!one->plugin->host().close(std::max(until(end, real_now()), kLeastWait))) free_ = false;
  while (!policies_.is_idle()) {  // a release that has begun may end
    if (real_now() >= end) {
      free_ = false;
      break;
    }
    std::this_thread::sleep_for(kLook);
  }
  return free_ && !named_one_;
}

void Plugins::leave_change_behind() {
  // Another thread may wait for the change in progress, so a call that has just begun is not given up.
  if (const CallMark::Call call = thread_.call(); call.function != nullptr && until(real_now(), call.since) >= kLeftAfter)
    finish_change(real_now());
}

/// Waits for the change in progress; leaves its thread behind when a call of the plugin has not come back at `end`.
void Plugins::finish_change(Nanos end) {
  std::unique_lock lock(turn_->mu);
  while (turn_->taken) {
    const Nanos now = real_now();
    if (now < end) {
      turn_->moved.wait_for(lock, std::chrono::nanoseconds(end - now), [this] { return !turn_->taken; });
      continue;
    }
    const CallMark::Call call = thread_.call();
    lock.unlock();
    const bool given_up = thread_.give_up();
    if (given_up) {
      Change change;
      {
        const std::lock_guard inner(mu_);
        if (change_) change = *change_;
        change_.reset();
      }
      give_up_on(change.parts, change.what, call, call.since);
    }
    lock.lock();
    if (given_up) return;
    turn_->moved.wait_for(lock, kLook, [this] { return !turn_->taken; });  // in the host's own code, which ends
  }
}

/// Takes all plugins down, the last loaded first. A plugin that uses up its share of the time is left behind, so that each other plugin has
/// its share.
void Plugins::take_all_down(Nanos end) {
  while (true) {
    LoadedPtr last;
    std::size_t left = 0;
    {
      const std::lock_guard inner(mu_);
      if (loaded_.empty()) return;
      last = loaded_.back();
      loaded_.pop_back();
      for (const LoadedPtr &one : loaded_) left += one->state != TG_PLUGIN_STATE_RETAINED ? 1 : 0;
    }
    if (last->state == TG_PLUGIN_STATE_RETAINED) continue;
    const Nanos now = real_now(), share = until(end, now) / (left + 1);
    hurry_.store(later(now, share / 2), std::memory_order_release);
    const auto undone = [this, last, share] {
      undo(last, {std::min(last->plugin->options().drain_limit, share / 2)});
    };
    CallMark::Call call;
    bool came_back = false;
    try {
      came_back = thread_.run_until(later(now, share), undone, call);
    } catch (const std::exception &) {
      came_back = false;  // without a thread the plugin cannot be called
    }
    if (!came_back)
      give_up_on({last}, last->plugin->id(), call, call.since);
    else if (last->plugin->is_abandoned())
      give_up_on({last}, last->plugin->id(), last->plugin->worker().call(), last->plugin->worker().call().since);
  }
}

/// Keeps the given plugins for ever, and says as the last event which call of which plugin did not return.
void Plugins::give_up_on(const std::vector<LoadedPtr> &parts, const std::string &what, const CallMark::Call &call, Nanos since) {
  for (const LoadedPtr &one : parts) {
    {
      const std::lock_guard lock(mu_);
      one->state = TG_PLUGIN_STATE_RETAINED;
      std::erase(loaded_, one);
    }
    host_.steps().remove(*one->plugin, "it hangs; the host goes on without it");
    if (!one->plugin->is_abandoned()) {
      const std::uint64_t last = host_.events().last();
      one->plugin->end(0);
      say_events_left(*one->plugin, last);
      keep_for_ever(one);
    }
  }
  named_one_ = true;
  const std::string who = parts.empty() ? what : parts.back()->plugin->id() + " " + parts.back()->plugin->version();
  say(TG_EVENT_PLUGIN_RETAINED,
      who + ": the host ends, and " +
          (call.function == nullptr ? std::string("a call of it has not come back")
                                    : "its " + CallMark::name(call) + " has not come back for " + seconds(until(real_now(), since))) +
          "; it is left behind");
}

}  // namespace tidegate::sdk

#include "plugins/steps.hpp"

#include <algorithm>
#include <utility>

#include "core/vocabulary.hpp"
#include "loop/clock.hpp"
#include "events/event_text.hpp"
#include "plugins/plugin.hpp"
#include "events/event_log.hpp"

namespace tidegate::sdk {

void Steps::add(std::shared_ptr<Plugin> plugin) {
  const std::lock_guard lock(mu_);
  plugins_.push_back(std::move(plugin));
  count_.store(plugins_.size(), std::memory_order_release);
}

void Steps::remove(const Plugin &plugin, std::string_view why, const std::shared_ptr<Plugin> &heir) {
  std::vector<Pending> left;
  {
    const std::lock_guard lock(mu_);
    std::erase_if(plugins_, [&](const auto &one) { return one.get() == &plugin; });
    count_.store(plugins_.size(), std::memory_order_release);
    std::erase_if(pending_, [&](const auto &entry) {
      if (entry.second.plugin.get() != &plugin) return false;
      left.push_back(entry.second);
      return true;
    });
  }
  for (const Pending &pending : left) {
    if (heir != nullptr && hand_over(pending, heir)) continue;
    say(TG_EVENT_HOOK_OVERDUE, pending, std::string(step_word(pending.round->step).label) + ": " + std::string(why));
    finish(pending, TG_OK, {});
  }
}

/// Asks the heir for a deferred step. Returns: false when the heir cannot be asked.
bool Steps::hand_over(const Pending &pending, const std::shared_ptr<Plugin> &heir) noexcept {
  std::uint64_t token = 0;
  try {
    return ask_heir(pending, heir, token);
  } catch (const std::exception &) {
    // Without memory. The caller completes the step, so the heir's token must not complete the step once more.
    const std::lock_guard lock(mu_);
    pending_.erase(token);
    return false;
  }
}

/// `token`: of the heir, once it is among the pending ones.
bool Steps::ask_heir(const Pending &pending, const std::shared_ptr<Plugin> &heir, std::uint64_t &token) {
  if (!heir->has_hook(pending.round->step)) return false;
  {
    const std::lock_guard lock(mu_);
    const bool asked = std::ranges::any_of(
        pending_, [&](const auto &entry) { return entry.second.plugin == heir && entry.second.round == pending.round; });
    if (asked) {
      --pending.round->left;  // the heir was asked in this round already, and its own answer is still to come
      return true;
    }
    token = ++last_token_;
    Pending next = pending;
    next.plugin = heir;
    pending_.emplace(token, std::move(next));
  }
  ask(*heir, *pending.round, token);
  return true;
}

bool Steps::begin(StepWaiter &service, const Asked &asked) noexcept {
  if (count_.load(std::memory_order_acquire) == 0) return false;
  try {
    const auto tokens = enter(service, asked);
    for (const auto &[plugin, token] : tokens) try {
        plugin->ask_hook({asked.step, token, service.name(), std::string(asked.actor), std::string(asked.reason), asked.epoch,
                          asked.live});
      } catch (const std::exception &) {
        // The limit of the hook completes the step.
      }
    return !tokens.empty();
  } catch (const std::exception &) {
    return false;
  }
}

void Steps::ask(Plugin &plugin, const Round &round, std::uint64_t token) {
  plugin.ask_hook({round.step, token, round.service.name(), round.actor, round.reason, round.epoch, round.live});
}

/// Makes a token for each plugin with a hook for the step; all tokens or, when it throws, none.
std::vector<std::pair<std::shared_ptr<Plugin>, std::uint64_t>> Steps::enter(StepWaiter &service, const Asked &asked) {
  const Nanos now = clock_.monotonic();
  const auto round = std::make_shared<Round>(
      Round{service, asked.step, asked.epoch, asked.live, std::string(asked.actor), std::string(asked.reason), 0, false, {}});
  std::vector<std::pair<std::shared_ptr<Plugin>, std::uint64_t>> tokens;
  std::map<std::uint64_t, Pending> pending;
  const std::lock_guard lock(mu_);
  for (const auto &plugin : plugins_) {
    if (!plugin->has_hook(asked.step)) continue;
    const std::uint64_t token = ++last_token_;
    pending.emplace(token, Pending{plugin, round, later(now, plugin->options().hook_limit)});
    tokens.emplace_back(plugin, token);
  }
  round->left = tokens.size();
  pending_.merge(pending);
  return tokens;
}

tg_result Steps::complete(std::string_view plugin, std::uint64_t token, tg_result result, std::string_view why) {
  Pending pending;
  {
    const std::lock_guard lock(mu_);
    const auto found = pending_.find(token);
    if (found == pending_.end() || found->second.plugin->id() != plugin) return TG_E_STALE;
    pending = std::move(found->second);
    pending_.erase(found);
  }
  finish(pending, result, why);
  return TG_OK;
}

void Steps::finish(const Pending &pending, tg_result result, std::string_view why) {
  if (result < 0) {
    const std::string what = std::string(step_word(pending.round->step).label) + " failed" + (why.empty() ? "" : ": " + std::string(why));
    pending.plugin->host().count_fault(what);
    say(TG_EVENT_PLUGIN_FAULT, pending, what);
  }
  Round &round = *pending.round;
  bool last, failed;
  std::string first;
  {
    const std::lock_guard lock(mu_);
    if (result < 0 && !std::exchange(round.failed, true)) round.why = ": " + pending.plugin->id() + (why.empty() ? "" : ": ") + std::string(why);
    last = --round.left == 0;
    failed = round.failed;
    first = round.why;
  }
  if (last) round.service.hooks_done(round.step, failed, first);
}

Nanos Steps::attend(Nanos now) {
  std::vector<Pending> overdue;
  Nanos next = kNever;
  {
    const std::lock_guard lock(mu_);
    std::erase_if(pending_, [&](const auto &entry) {
      if (entry.second.due > now) {
        next = std::min(next, entry.second.due);
        return false;
      }
      overdue.push_back(entry.second);
      return true;
    });
  }
  for (Pending &pending : overdue) {
    say(TG_EVENT_HOOK_OVERDUE, pending, std::string(step_word(pending.round->step).label));
    finish(pending, TG_OK, {});
  }
  return next;
}

void Steps::say(std::uint32_t number, const Pending &pending, const std::string &what) {
  Event event;
  event.number = number;
  event.count = 1;
  event.service.assign(pending.round->service.name());
  event.action.actor.assign(pending.plugin->id());
  describe(event, ": " + pending.plugin->id() + ", " + what);
  events_.append(event);
}

}  // namespace tidegate::sdk

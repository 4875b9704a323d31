#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <mutex>
#include <utility>

#include "tidegate/plugin/guard.hpp"

namespace tidegate::plugin {

/// Owns the functions that a plugin has deferred: the host drops calls that are not due when the plugin stops, and cannot free them.
/// Threads: each function on any thread that may use the host's call_later.
class Later {
 public:
  explicit Later(const tg_plugin_host &host) : host_(host) {}
  Later(const Later &) = delete;
  Later &operator=(const Later &) = delete;

  const tg_plugin_host &host() const { return host_; }

  tg_result call(std::uint64_t delay_ns, std::function<void()> function) {
    if (!has(host_, &tg_plugin_host::call_later)) return TG_E_ABI;
    std::list<Pending> made;
    Pending &pending = made.emplace_back(Pending{this, {}, std::move(function)});
    pending.place = made.begin();
    {
      const std::lock_guard lock(mu_);
      pending_.splice(pending_.end(), made);
    }
    const tg_result result = host_.call_later(host_.context, delay_ns, run, &pending);
    if (result < 0) take(pending);
    return result;
  }

  /// Destroys all deferred functions. The host must have stopped calling them.
  void clear() {
    std::list<Pending> gone;
    const std::lock_guard lock(mu_);
    gone.swap(pending_);
  }

 private:
  struct Pending {
    Later *owner;
    std::list<Pending>::iterator place;
    std::function<void()> function;
  };

  std::list<Pending> take(const Pending &pending) {
    std::list<Pending> taken;
    const std::lock_guard lock(mu_);
    taken.splice(taken.end(), pending_, pending.place);
    return taken;
  }

  static void run(void *user) noexcept {
    const auto *pending = static_cast<Pending *>(user);
    const tg_plugin_host &host = pending->owner->host_;
    or_fault(host, [pending] { pending->owner->take(*pending).front().function(); });
  }

  const tg_plugin_host &host_;
  std::mutex mu_;
  std::list<Pending> pending_;  // guarded by mu_
};

}  // namespace tidegate::plugin

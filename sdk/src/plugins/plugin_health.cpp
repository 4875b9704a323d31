#include "plugins/plugin_health.hpp"

#include <utility>

#include "loop/clock.hpp"
#include "plugins/plugin.hpp"

namespace tidegate::sdk {
namespace {

constexpr Nanos kSayEvery = kSecond;

}  // namespace

PluginHealth::Findings PluginHealth::look(const Plugin &plugin, bool asked, bool hangs, Nanos now) {
  Findings found;
  const std::uint64_t noticed =
      plugin.meter().slow.load(std::memory_order_acquire) + plugin.meter().garbage.load(std::memory_order_acquire);
  if (asked) {
    const std::uint64_t failed = plugin.host().policy_faults() + noticed;
    found.hangs = hangs;
    found.out = breaker_.faulted(failed - std::exchange(policy_faults_, failed), now);
    if (hangs) found.out = breaker_.hangs(now) || found.out;
    found.back = !hangs && breaker_.put_back(now);
    found.due = breaker_.due();
  }
  const std::uint64_t faults = plugin.host().faults() - plugin.host().faults_said() + noticed;
  if (faults != said_ && (said_at_ == 0 || now - said_at_ >= kSayEvery || found.out)) {
    found.faults = faults - std::exchange(said_, faults);
    said_at_ = now;
  }
  const PluginHost::Dropped dropped = plugin.host().dropped();
  if (dropped.all() != dropped_.all() && (dropped_at_ == 0 || now - dropped_at_ >= kSayEvery)) {
    found.dropped = {dropped.events - dropped_.events, dropped.lines - dropped_.lines};
    dropped_ = dropped;
    dropped_at_ = now;
  }
  const CallMark::Call call = plugin.worker().call();
  const bool worker_hangs =
      call.function != nullptr && until(Clock::real().monotonic(), call.since) > plugin.options().others_hang_after();
  found.worker_hangs = worker_hangs && !std::exchange(said_hang_, worker_hangs);
  said_hang_ = worker_hangs;
  if (found.worker_hangs) found.hanging = call;
  return found;
}

std::string PluginHealth::last_fault(const Plugin &plugin) {
  if (std::string told = plugin.host().last_fault(); !told.empty()) return told;
  const PolicyMeter &meter = plugin.meter();
  if (meter.slow.load() != 0)
    return "calls of its policy took up to " + std::to_string(meter.longest.load() / 1'000'000) + " ms";
  return {};
}

}  // namespace tidegate::sdk

// The part of a plugin that runs on its worker.
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <utility>

#include "core/border_text.hpp"
#include "core/handed_over.hpp"
#include "core/vocabulary.hpp"
#include "plugins/host_for_plugins.hpp"
#include "plugins/steps.hpp"
#include "plugins/plugin.hpp"
#include "tidegate/vocabulary/step.h"

namespace tidegate::sdk {
namespace {

constexpr std::size_t kMostMetrics = 256;
constexpr std::size_t kHelpBytes = 255;
constexpr std::uint64_t kLongestText = 4096;  // as it is read; the kept text is shorter

}  // namespace

// ---- events and steps, on the worker ----

/// Calls the sink. It does not get the plugin's own messages, faults and dropped texts, as the plugin could answer itself for ever.
void Plugin::take_event(const Event &event) {
  const bool about_itself = event.number == TG_EVENT_PLUGIN_SAID || event.number == TG_EVENT_PLUGIN_FAULT ||
                            event.number == TG_EVENT_PLUGIN_TOO_LOUD;
  if (about_itself && event.action.actor.view() == id_) return;
  const tg_event shown = to_abi(event);
  call("take", [&] { sink_.take(instance_, &shown); }, event.number);
}

void Plugin::take_step(const Event &event) {
  switch (event.number) {
    case TG_EVENT_RUNNING:
    case TG_EVENT_STARTED_PAUSED:
    case TG_EVENT_RECOVERED: return tell_step(TG_STEP_STARTED, event);
    case TG_EVENT_DRAIN_STARTED:
      tell_step(TG_STEP_DRAIN_STARTED, event);
      return watch_progress(std::string(event.service.view()));
    case TG_EVENT_DRAINED: return tell_step(TG_STEP_DRAINED, event);
    case TG_EVENT_STOPPED: return tell_step(TG_STEP_STOPPED, event);
    default: return;
  }
}

void Plugin::tell_step(std::uint32_t step, const Event &event) {
  const auto hook = step == TG_STEP_STARTED         ? lifecycle_.started
                    : step == TG_STEP_DRAIN_STARTED ? lifecycle_.drain_started
                    : step == TG_STEP_DRAINED       ? lifecycle_.drained
                                                    : lifecycle_.stopped;
  if (hook == nullptr) return;
  tg_lifecycle_step shown = TG_PLUGIN_INIT(tg_lifecycle_step);
  shown.step = step;
  shown.epoch = event.epoch;
  shown.live = event.live;
  shown.service = event.service.str();
  shown.actor = event.action.actor.str();
  shown.reason = event.action.reason.str();
  call(step_word(step).label.data(), [&] { hook(instance_, &shown); });
}

void Plugin::watch_progress(const std::string &service) {
  if (lifecycle_.progress == nullptr) return;
  const bool first = drained_.empty();
  drained_[service] = UINT64_MAX;
  if (first && !worker_.later(kSecond, [this] { tell_progress(); })) drained_.clear();
}

void Plugin::tell_progress() {
  for (auto at = drained_.begin(); at != drained_.end();) {
    tg_service_info info = TG_INIT(tg_service_info);
    const tg_result result = host_.with_host([&](HostForPlugins &host) {
      info = host.info_of(at->first);
      return TG_OK;
    });
    if (result != TG_OK || (info.phase != TG_PHASE_DRAINING && info.phase != TG_PHASE_CLOSING)) {
      at = drained_.erase(at);
      continue;
    }
    const std::uint64_t live = info.sessions + info.children + info.entries;
    if (live != at->second) {
      at->second = live;
      tg_lifecycle_step shown = TG_PLUGIN_INIT(tg_lifecycle_step);
      shown.step = TG_STEP_PROGRESS;
      shown.epoch = info.epoch;
      shown.live = live;
      shown.service = info.name;
      call("progress", [&] { lifecycle_.progress(instance_, &shown); });
    }
    ++at;
  }
  if (!drained_.empty() && !worker_.later(kSecond, [this] { tell_progress(); })) drained_.clear();
}

bool Plugin::has_hook(std::uint32_t step) const {
  return has_lifecycle_ && (step == TG_STEP_BEFORE_START ? lifecycle_.before_start : lifecycle_.stopping) != nullptr;
}

void Plugin::ask_hook(Hook hook) {
  worker_.post([this, hook = std::move(hook)] {
    if (steps_lane_ != nullptr) steps_lane_->pump();  // steps that came before this one are reported first
    tg_lifecycle_step shown = TG_PLUGIN_INIT(tg_lifecycle_step);
    shown.step = hook.step;
    shown.token = hook.token;
    shown.limit_ns = options_.hook_limit;
    shown.epoch = hook.epoch;
    shown.live = hook.live;
    shown.service = to_str(hook.service);
    shown.actor = to_str(hook.actor);
    shown.reason = to_str(hook.reason);
    const bool before = hook.step == TG_STEP_BEFORE_START;
    const auto its = before ? lifecycle_.before_start : lifecycle_.stopping;
    std::string why;
    const tg_result result = call_for_result(before ? "before_start" : "stopping", [&] { return its(instance_, &shown); }, why);
    if (result == TG_DEFERRED) return;
    host_.with_host([&](HostForPlugins &host) { return host.steps().complete(id_, hook.token, result, why); });
  });
}

// ---- figures ----

void Plugin::collect() {
  if (!host_.running()) return;
  const Nanos now = Clock::real().monotonic();
  {
    const std::lock_guard lock(told_mu_);
    if (asking_metrics_ || (asked_at_ != 0 && now - asked_at_ < kSecond)) return;
    asking_metrics_ = true;
    asked_at_ = now;
  }
  bool asked = false;
  try {
    asked = worker_.post([this] { take_metrics(); });
  } catch (const std::exception &) {
    // Without memory or a thread the next reader asks again.
  }
  const std::lock_guard lock(told_mu_);
  if (!asked) asking_metrics_ = false;
}

void Plugin::take_metrics() {
  struct Told {
    std::vector<Metric> all;
    bool out_of_memory = false;
  } told;
  // The plugin calls this function, so it must not throw.
  const auto take = [](void *list, const tg_metric *given) noexcept {
    auto &its = *static_cast<Told *>(list);
    tg_metric metric = TG_PLUGIN_INIT(tg_metric);
    if (its.all.size() == kMostMetrics || read_handed_over(given, offsetof(tg_metric, help), metric) != Handed::whole) return;
    const std::string_view name = read_text(metric.name, kNameBytes);
    if (name.empty() || name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") != std::string_view::npos) return;
    try {
      its.all.push_back({std::string(name), clean_text(read_text(metric.unit, kLongestText), kNameBytes),
                         clean_text(read_text(metric.help, kLongestText), kHelpBytes), metric.kind, metric.value,
                         Clock::real().monotonic()});
    } catch (const std::bad_alloc &) {
      its.out_of_memory = true;
    }
  };
  const tg_metric_taker taker{sizeof(tg_metric_taker), TG_PLUGIN_ABI, &told, take};
  call("collect", [&] { metrics_.collect(instance_, &taker); });
  const std::lock_guard lock(told_mu_);
  told_ = std::move(told.all);
  asking_metrics_ = false;
  was_told_.notify_all();
}

bool Plugin::wait_for_metrics(Nanos until) const {
  std::unique_lock lock(told_mu_);
  const Nanos now = Clock::real().monotonic();
  return was_told_.wait_for(lock, std::chrono::nanoseconds(sdk::until(until, now)), [&] { return !asking_metrics_; });
}

std::vector<Metric> Plugin::metrics() const {
  const std::lock_guard lock(told_mu_);
  return told_;
}

std::uint64_t Plugin::behind(std::uint64_t last) const {
  return sink_lane_ != nullptr && last > sink_lane_->last() ? last - sink_lane_->last() : 0;
}

}  // namespace tidegate::sdk

#include "runtime/plugin.hpp"

#include <dlfcn.h>

#include <algorithm>
#include <cstddef>
#include <cstring>

#include "runtime/callback_scope.hpp"
#include "runtime/config_schema.hpp"
#include "runtime/fault.hpp"
#include "runtime/host.hpp"
#include "tidegate/step.h"

namespace tidegate::sdk {
namespace {

// What a plugin of ABI 0.9 has of each table: the least that is needed, however the tables grow.
constexpr std::uint32_t kEntrySize = offsetof(tg_plugin_entry, destroy) + sizeof(void *);
constexpr std::uint32_t kPolicySize = offsetof(tg_admission_policy, released) + sizeof(void *);
constexpr std::uint32_t kSinkSize = offsetof(tg_event_sink, take) + sizeof(void *);
constexpr std::uint32_t kLifecycleSize = offsetof(tg_lifecycle, stopped) + sizeof(void *);
constexpr std::uint32_t kConfigSize = offsetof(tg_config, reconfigure) + sizeof(void *);
constexpr std::uint32_t kMetricsSize = offsetof(tg_metrics, collect) + sizeof(void *);

constexpr std::size_t kMostMetrics = 256;

std::string joined(const std::vector<std::string> &texts) {
  std::string out;
  for (const std::string &text : texts) out += (out.empty() ? "" : " ") + text;
  return out;
}

/// Copies a plugin's table into ours: what it does not have is zero, what we do not know is left out.
/// Returns: false when there is none. Throws Fault.
template <class T>
bool take_table(const void *table, T &into, std::uint32_t least, const std::string &who, const char *role) {
  if (table == nullptr) return false;
  std::uint32_t size;
  std::memcpy(&size, table, sizeof size);
  if (size < least)
    throw Fault(TG_E_ABI, who + " has an incomplete table for " + role + ": its struct_size is " + std::to_string(size) +
                              ", " + std::to_string(least) + " is the least");
  std::memcpy(&into, table, std::min<std::size_t>(size, sizeof(T)));
  return true;
}

std::string text_of(tg_str text, std::size_t most) {
  if (text.ptr == nullptr || text.len > most) return {};
  return std::string(view(text));
}

}  // namespace

Plugin::Plugin(std::unique_ptr<PluginFile> file, const PluginOptions &options, Host &host, Log &log)
    : file_(std::move(file)),
      id_(file_->id()),
      version_(file_->version()),
      roles_(joined(file_->roles())),
      options_(options),
      host_(host, log, id_, worker_, options.grants) {
  meter_.slow_after = options.slow_after;
  const std::string &path = file_->path();
  entry_ = static_cast<const tg_plugin_entry *>(dlsym(file_->load(), TG_PLUGIN_SYMBOL));
  if (entry_ == nullptr)
    throw Fault(TG_E_NOT_PLUGIN, "plugin " + path + " exports no symbol " TG_PLUGIN_SYMBOL "; declare it with TG_PLUGIN");
  if (entry_->struct_size < kEntrySize || entry_->extension == nullptr)
    throw Fault(TG_E_ABI, "plugin " + path + " has an incomplete entry: struct_size and extension are needed");
  if (entry_->abi != file_->abi() || entry_->min_host_abi != file_->min_host_abi() || view(entry_->id) != id())
    throw Fault(TG_E_NOT_PLUGIN, "plugin " + path + " says one thing in its note and another in its entry: id \"" + id() +
                                     "\" and \"" + std::string(view(entry_->id).substr(0, kNameBytes)) +
                                     "\"; declare both with TG_PLUGIN");
}

Plugin::~Plugin() {
  end(kNever);
  stop();
  unload();
}

// ---- life ----

void Plugin::create() {
  const std::string config = options_.config.empty() ? "{}" : options_.config;
  has_config_ = take_table(table_of(TG_ROLE_CONFIG, nullptr), config_, kConfigSize, who(), TG_ROLE_CONFIG);
  check_config(config);
  const CallbackScope scope;
  host_.forget_failure();
  const tg_result result = entry_->create == nullptr ? TG_OK : entry_->create(&host_.table(), to_str(config), &instance_);
  if (result < 0) throw Fault(TG_E_PLUGIN, who() + " could not be made: " + host_.take_failure());
  created_ = true;
  find_roles();
}

void Plugin::check_config(const std::string &config) const {
  if (has_config_ && config_.schema.len != 0) sdk::check_config(id_, view(config_.schema), config);
}

bool Plugin::fills(std::string_view role) const {
  return (" " + roles_ + " ").find(" " + std::string(role) + " ") != std::string::npos;
}

/// Of a role that is not in its note it has none.
const void *Plugin::table_of(const char *role, void *instance) const {
  if (!fills(role)) return nullptr;
  const CallbackScope scope;
  return entry_->extension(instance, {role, std::strlen(role)});
}

void Plugin::find_roles() {
  has_policy_ = take_table(table_of(TG_ROLE_ADMISSION, instance_), policy_, kPolicySize, who(), TG_ROLE_ADMISSION);
  has_sink_ = take_table(table_of(TG_ROLE_EVENT_SINK, instance_), sink_, kSinkSize, who(), TG_ROLE_EVENT_SINK);
  has_lifecycle_ = take_table(table_of(TG_ROLE_LIFECYCLE, instance_), lifecycle_, kLifecycleSize, who(), TG_ROLE_LIFECYCLE);
  has_metrics_ = take_table(table_of(TG_ROLE_METRICS, instance_), metrics_, kMetricsSize, who(), TG_ROLE_METRICS);
  // A role without what it is for is one that it does not fill.
  has_policy_ = has_policy_ && policy_.ask != nullptr;
  has_sink_ = has_sink_ && sink_.take != nullptr;
  has_metrics_ = has_metrics_ && metrics_.collect != nullptr;
}

void Plugin::start() {
  const CallbackScope scope;
  host_.forget_failure();
  host_.set_running(true);
  const tg_result result = entry_->start == nullptr ? TG_OK : entry_->start(instance_);
  if (result >= 0) {
    started_ = true;
    return;
  }
  host_.set_running(false);
  throw Fault(TG_E_PLUGIN, who() + " did not start: " + host_.take_failure());
}

void Plugin::prepare(EventLog &events) {
  if (!has_events()) return;
  lane_ = std::make_shared<EventLane>(events, EventLane::kHeld, id(), [this](const Event &event) { take_event(event); });
  worker_.attach(lane_);
}

void Plugin::begin(std::uint64_t after) {
  if (lane_ != nullptr) lane_->begin(after);
}

bool Plugin::end(Nanos limit) {
  host_.set_running(false);
  const bool ended = worker_.end(limit);
  if (lane_ != nullptr) lane_->end();
  return ended;
}

void Plugin::stop() {
  const CallbackScope scope;
  if (started_ && entry_->stop != nullptr) entry_->stop(instance_);
  started_ = false;
  if (created_ && entry_->destroy != nullptr) entry_->destroy(instance_);
  created_ = false;
}

bool Plugin::unload() {
  if (abandoned_ || file_ == nullptr) return !abandoned_;
  const bool unmapped = file_->unload();
  file_ = nullptr;
  return unmapped;
}

void Plugin::reconfigure(const std::string &given) {
  const std::string config = given.empty() ? "{}" : given;
  if (!has_config_ || config_.reconfigure == nullptr)
    throw Fault(TG_E_STATE, who() + " takes no new configuration while it runs; reload it with that");
  check_config(config);
  const CallbackScope scope;
  host_.forget_failure();
  const tg_result result = config_.reconfigure(instance_, to_str(config));
  if (result < 0)
    throw Fault(TG_E_PLUGIN, who() + " did not take its new configuration, and goes on as it was: " + host_.take_failure());
  options_.config = config;
}

// ---- events and steps, on the worker ----

void Plugin::take_event(const Event &event) {
  if (has_sink_) {
    const tg_event shown = to_abi(event);
    sink_.take(instance_, &shown);
  }
  if (!has_lifecycle_) return;
  switch (event.number) {
    case TG_EVENT_RUNNING:
    case TG_EVENT_STARTED_PAUSED: return tell_step(TG_STEP_STARTED, event);
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
  hook(instance_, &shown);
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
    const tg_result result = host_.with_host([&](Host &host) {
      info = host.service(at->first).info();
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
      lifecycle_.progress(instance_, &shown);
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
    if (lane_ != nullptr) lane_->pump();  // what happened before it was asked comes before it
    tg_lifecycle_step shown = TG_PLUGIN_INIT(tg_lifecycle_step);
    shown.step = hook.step;
    shown.token = hook.token;
    shown.limit_ns = options_.hook_limit;
    shown.epoch = hook.epoch;
    shown.live = hook.live;
    shown.service = to_str(hook.service);
    shown.actor = to_str(hook.actor);
    shown.reason = to_str(hook.reason);
    host_.forget_failure();
    const tg_result result =
        (hook.step == TG_STEP_BEFORE_START ? lifecycle_.before_start : lifecycle_.stopping)(instance_, &shown);
    if (result == TG_DEFERRED) return;
    const std::string why = result < 0 ? host_.take_failure() : std::string();
    host_.with_host([&](Host &host) { return host.steps().complete(id_, hook.token, result, why); });
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
  const bool asked = worker_.post([this] {
    std::vector<Metric> told;
    const tg_metric_taker taker{
        sizeof(tg_metric_taker), TG_PLUGIN_ABI, &told, [](void *list, const tg_metric *given) {
          auto &all = *static_cast<std::vector<Metric> *>(list);
          tg_metric metric = TG_PLUGIN_INIT(tg_metric);
          if (given == nullptr || all.size() == kMostMetrics || given->struct_size < offsetof(tg_metric, help)) return;
          std::memcpy(&metric, given, std::min<std::size_t>(given->struct_size, sizeof metric));
          const std::string name = text_of(metric.name, kNameBytes);
          if (name.empty() || name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") != std::string::npos) return;
          all.push_back({name, text_of(metric.unit, kNameBytes), text_of(metric.help, 255), metric.kind, metric.value,
                         Clock::real().monotonic()});
        }};
    metrics_.collect(instance_, &taker);
    const std::lock_guard lock(told_mu_);
    told_ = std::move(told);
    asking_metrics_ = false;
  });
  const std::lock_guard lock(told_mu_);
  if (!asked) asking_metrics_ = false;
}

std::vector<Metric> Plugin::metrics() const {
  const std::lock_guard lock(told_mu_);
  return told_;
}

std::uint64_t Plugin::behind(std::uint64_t last) const {
  return has_sink_ && lane_ != nullptr && last > lane_->last() ? last - lane_->last() : 0;
}

}  // namespace tidegate::sdk

#include "runtime/plugin.hpp"

#include <dlfcn.h>

#include <cstddef>

#include "runtime/event_text.hpp"
#include "runtime/fault.hpp"
#include "tidegate/severity.h"

namespace tidegate::sdk {
namespace {

// What a plugin of ABI 0.9 has of each table: the least that is needed, however the tables grow.
constexpr std::uint32_t kEntrySize = offsetof(tg_plugin_entry, destroy) + sizeof(void *);
constexpr std::uint32_t kPolicySize = offsetof(tg_admission_policy, released) + sizeof(void *);
constexpr std::uint32_t kSinkSize = offsetof(tg_event_sink, take) + sizeof(void *);

std::int64_t format_for_plugin(const tg_event *event, std::uint32_t format, char *buffer, std::uint64_t capacity) {
  return event == nullptr ? TG_E_INVALID : format_event(*event, format, buffer, capacity);
}

}  // namespace

Plugin::Plugin(std::unique_ptr<PluginFile> file, const std::string &host_name, Log &log)
    : host_name_(host_name), log_(log), host_{}, file_(std::move(file)) {
  const std::string &path = file_->path();
  entry_ = static_cast<const tg_plugin_entry *>(dlsym(file_->load(), TG_PLUGIN_SYMBOL));
  if (entry_ == nullptr)
    throw Fault(TG_E_NOT_PLUGIN, "plugin " + path + " exports no symbol " TG_PLUGIN_SYMBOL "; declare it with TG_PLUGIN");
  if (entry_->struct_size < kEntrySize || entry_->extension == nullptr)
    throw Fault(TG_E_ABI, "plugin " + path + " has an incomplete entry: struct_size and extension are needed");
  if (entry_->abi != file_->abi() || entry_->min_host_abi != file_->min_host_abi() || view(entry_->id) != id())
    throw Fault(TG_E_NOT_PLUGIN, "plugin " + path + " says one thing in its note and another in its entry: id \"" +
                                     std::string(id()) + "\" and \"" + std::string(view(entry_->id).substr(0, kNameBytes)) +
                                     "\"; declare both with TG_PLUGIN");
}

void Plugin::start(const std::string &config) {
  create(config);
  find_roles();
  start_instance();
}

Plugin::~Plugin() {
  worker_.reset();
  lane_.reset();
  if (started_ && entry_->stop != nullptr) entry_->stop(instance_);
  if (created_ && entry_->destroy != nullptr) entry_->destroy(instance_);
}

std::string_view Plugin::id() const { return file_->id(); }

void Plugin::create(const std::string &config) {
  host_.struct_size = sizeof host_;
  host_.abi = TG_PLUGIN_ABI;
  host_.context = this;
  host_.host_name = to_str(host_name_);
  host_.log = log_line;
  host_.fail = fail;
  host_.event_format = format_for_plugin;
  const std::string json = config.empty() ? "{}" : config;
  const tg_result result = entry_->create == nullptr ? TG_OK : entry_->create(&host_, to_str(json), &instance_);
  if (result < 0)
    throw Fault(TG_E_PLUGIN, "plugin " + std::string(id()) +
                                 " could not be made: " + (failure_.empty() ? "it gave no reason" : failure_));
  created_ = true;
}

void Plugin::find_roles() {
  policy_ = static_cast<const tg_admission_policy *>(entry_->extension(instance_, TG_STR(TG_ROLE_ADMISSION)));
  sink_ = static_cast<const tg_event_sink *>(entry_->extension(instance_, TG_STR(TG_ROLE_EVENT_SINK)));
  if (policy_ != nullptr && (policy_->struct_size < kPolicySize || policy_->ask == nullptr))
    throw Fault(TG_E_ABI, "plugin " + std::string(id()) + " has an incomplete table for " TG_ROLE_ADMISSION);
  if (sink_ != nullptr && (sink_->struct_size < kSinkSize || sink_->take == nullptr))
    throw Fault(TG_E_ABI, "plugin " + std::string(id()) + " has an incomplete table for " TG_ROLE_EVENT_SINK);
}

void Plugin::start_instance() {
  failure_.clear();
  const tg_result result = entry_->start == nullptr ? TG_OK : entry_->start(instance_);
  if (result < 0)
    throw Fault(TG_E_PLUGIN,
                "plugin " + std::string(id()) + " did not start: " + (failure_.empty() ? "it gave no reason" : failure_));
  started_ = true;
}

void Plugin::attach_sink(EventLog &events) {
  if (sink_ == nullptr) return;
  lane_ = std::make_unique<EventLane>(events, events.last(), id(), [this](const Event &event) {
    const tg_event shown = to_abi(event);
    sink_->take(instance_, &shown);
  });
  worker_ = std::make_unique<Worker>("tg-sink", lane_->wake(), [this] { lane_->pump(); });
}

void Plugin::log_line(void *context, std::uint32_t severity, tg_str text) {
  const auto *plugin = static_cast<Plugin *>(context);
  plugin->log_.write(severity, plugin->id(), view(text));
}

void Plugin::fail(void *context, tg_str text) { static_cast<Plugin *>(context)->failure_ = view(text); }

}  // namespace tidegate::sdk
